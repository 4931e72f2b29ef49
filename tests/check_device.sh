#!/bin/sh
# check_device.sh [BUILD] -- what only a GPU can show, by the programs of a build folder (default: this one). Builds nothing, so that a build made
# elsewhere does. TAP on standard output; without a device everything counts as skipped. SMASHTOP_DEVICE_TOOL runs each program under a tool.
build=${1:-.}
: "${SMASHTOP_SOURCE:=$(cd "$(dirname "$0")/.." && pwd)}"
programs="device_kernels device_golden device_ops device_params device_resulting device_run"
export SMASHTOP_SOURCE CK_TAP_LOG_FILE_NAME
# One process: each child would open the device anew.
: "${CK_FORK=no}"
export CK_FORK

n=0 failed=0
report() {	# ok|not ok, text
	n=$((n + 1))
	echo "$1 $n - $2"
	case $1 in not*) failed=1;; esac
}

if ! [ -x "$build/tests/device_run" ]; then
	report "ok" "device # SKIP no tests/device_run in $build: make device-tests, where the CUDA toolkit is"
	echo "1..$n"
	exit 0
fi
device=$("$build/tests/device_run" tell)
if [ $? -ne 0 ]; then
	for program in $programs; do
		report "ok" "$program # SKIP $device"
	done
	echo "1..$n"
	exit 0
fi
echo "# $device"

tap=$(mktemp) said=$(mktemp)
trap 'rm -f "$tap" "$said"' EXIT
for program in $programs; do
	CK_TAP_LOG_FILE_NAME=$tap
	: > "$tap"
	$SMASHTOP_DEVICE_TOOL "$build/tests/$program" > "$said" 2>&1
	status=$?
	bad=0
	while read -r line; do
		case $line in
		"ok "*) report "ok" "$program: ${line#ok * - }";;
		"not ok "*) bad=1; report "not ok" "$program: ${line#not ok * - }";;
		esac
	done < "$tap"
	# what ends early, or what a tool finds, has no line there
	if [ $status -ne 0 ] && [ $bad -eq 0 ]; then
		report "not ok" "$program ends with $status"
	fi
	if [ $status -ne 0 ]; then
		sed 's/^/# /' "$said"
	fi
done
echo "1..$n"

for tool in "$(command -v compute-sanitizer)" /usr/local/cuda/bin/compute-sanitizer; do
	if [ -x "$tool" ] && [ -z "$SMASHTOP_DEVICE_TOOL" ]; then
		echo "# Then, each of memcheck, racecheck, initcheck: SMASHTOP_DEVICE_TOOL='$tool --tool memcheck --error-exitcode 9' $0 $build"
		break
	fi
done
exit $failed
