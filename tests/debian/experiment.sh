# The experiment of the founding document as it is pasted; its figures depend on the machine.
sh "${0%.sh}.txt" | sed -E 's/[0-9.]+s/TIMEs/; s/\([0-9.]+ (ns|ms) each\)/(TIME \1 each)/'
