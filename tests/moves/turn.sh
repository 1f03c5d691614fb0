# Read by the others: what can move, and one move of it: from side to side, and where the personality is on the user side
# into its domain as well.
services=$(hinge ls | awk 'NR > 1 { print $1 }')

turn() { # SERVICE
	home=$(cat /sys/hinge/service/linux/domain)
	case $(cat /sys/hinge/service/$1/domain) in
	kernel) to=$1 ;;
	"$1") { [ "$home" = kernel ] || [ $1 = linux ]; } && to=kernel || to=$home ;;
	*) to=kernel ;;
	esac
	hinge move $1 $to || echo "wrong: $1 does not move to $to"
}
