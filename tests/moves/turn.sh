# Read by the others: what can move, and one move of it: from side to side, and where the personality is on the user side
# into its domain as well.
services=$(hinge ls | awk 'NR > 1 && $1 != "linux" { print $1 }')
home=$(cat /sys/hinge/service/linux/domain)

turn() { # SERVICE
	case $(cat /sys/hinge/service/$1/domain) in
	kernel) to=$1 ;;
	"$1") [ "$home" = kernel ] && to=kernel || to=$home ;;
	*) to=kernel ;;
	esac
	hinge move $1 $to || echo "wrong: $1 does not move to $to"
}
