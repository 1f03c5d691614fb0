# Ten files compiled by make -j4, linked, and run.
for i in 0 1 2 3 4 5 6 7 8 9; do
	echo "#include <stdio.h>
int square_$i(int x) { int y[100]; for (int j = 0; j < 100; j++) y[j] = x * x + j; return y[$i]; }" >f$i.c
done
{ for i in 0 1 2 3 4 5 6 7 8 9; do echo "int square_$i(int);"; done; echo '#include <stdio.h>
#include <pthread.h>
static void* work(void* p) { *(int*)p = square_3(*(int*)p); return p; }
int main(int argc, char** argv) { int sum = 0; pthread_t t; int v = 5; pthread_create(&t, 0, work, &v); pthread_join(t, 0);'
for i in 0 1 2 3 4 5 6 7 8 9; do echo "sum += square_$i($i);"; done; printf '%s\n' 'printf("sum %d, thread %d\n", sum, v); return sum % 256; }'; } >main.c
printf 'CFLAGS = -O2 -Wall\nOBJECTS = main.o %s\nprogram: $(OBJECTS)\n\t$(CC) -o $@ $^ -pthread\nclean:\n\trm -f program *.o\n' "$(seq -s ' ' -f 'f%g.o' 0 9)" >Makefile
make -j4 | sort; ./program; echo "status $?"; make; touch f3.c; make -n | head -n 1; echo 'int main(' >bad.c; gcc -c bad.c 2>&1 | head -n 1
echo 'int main(void) { return __builtin_popcount(255); }' | gcc -x c - -o a && ./a; echo "$?"; gcc -static -o s main.c f?.o -pthread && ./s; ar rcs lib.a f?.o; nm lib.a | grep -c ' T '; objdump -d f0.o | grep -c ret; make -s clean; ls
