#!/bin/sh
# cuda_resources.sh -- what each own kernel takes on each architecture: registers, threads that a multiprocessor holds with so many, shared bytes of
# a block, bytes spilled. Fails if any kernel spills.    NVCC=nvcc GENCODE='-gencode …' cuda_resources.sh SOURCE_DIR
set -u
source=$1
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
for file in "$source"/kernels/cuda_*.cu; do
	# shellcheck disable=SC2086
	if ! $NVCC -std=c++17 -O3 $GENCODE -I"$source" -fatbin -Xptxas -v -o /dev/null "$file" >>"$list" 2>&1; then
		cat "$list" >&2
		exit 1
	fi
done
c++filt <"$list" | awk '
	/Compiling entry function/ {
		arch = $NF; gsub(/\047/, "", arch)
		name = $0; sub(/.*entry function \047/, "", name); sub(/\047 for .*/, "", name)
		sub(/^void /, "", name); sub(/\(.*/, "", name)
	}
	/bytes spill stores/ {
		for (i = 2; i <= NF; i++)
			if ($i == "spill")
				spilled[name, arch] += $(i - 2)
	}
	/Used [0-9]+ registers/ {
		shared = 0
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^registers/)
				registers = $(i - 1)
			if ($i ~ /^smem/)
				shared = $(i - 2)
		}
		fit = int(65536 / (int((registers + 7) / 8) * 8 * 256)) * 256
		most = arch == "sm_75" ? 1024 : arch == "sm_86" || arch == "sm_89" ? 1536 : 2048
		if (fit > most)
			fit = most
		printf "%-36s %-6s %9d %8d %7d %8d\n", name, arch, registers, fit, shared, spilled[name, arch]
		bad += spilled[name, arch] > 0
	}
	BEGIN { printf "%-36s %-6s %9s %8s %7s %8s\n", "kernel", "arch", "registers", "threads", "shared", "spilled" }
	END { exit bad > 0 }'
