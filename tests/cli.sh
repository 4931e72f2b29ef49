#!/bin/sh
# cli.sh -- the program as a shell sees it: exit statuses, one line of error, JSON, training, resuming. Writes TAP.
# Runs in a folder of its own with a tiny preset.
set -u

program=${SMASHTOP:?the program to test}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
count=0
tiny='--preset tiny --threads 1'

result()                                 # STATUS NAME
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' out err 2>/dev/null | head -n 20
	fi
}

run()                                    # runs the program; its status is in $status
{
	"$program" "$@" >out 2>err </dev/null
	status=$?
}

one_line_of_error()
{
	[ "$(wc -l <err)" = 1 ] && [ ! -s out ]
}

# NAME STATUS WORDS-OF-THE-ERROR ARGUMENTS…
refuses()
{
	name=$1 expected=$2 words=$3
	shift 3
	run "$@"
	[ "$status" = "$expected" ] && one_line_of_error && grep -qF -e "$words" err
	result $? "$name"
}

# NAME KEY ARGUMENTS…: succeeds, and standard output is one JSON document with that key
gives_json()
{
	name=$1 key=$2
	shift 2
	run "$@"
	[ "$status" = 0 ] && grep -q "^{.*\"$key\": .*}\$" out && [ "$(wc -l <out)" = 1 ]
	result $? "$name"
}

# SHELL: what it writes must be read by it, where it is there
completion_parses()
{
	run completion "$1"
	[ "$status" = 0 ] && cp out "completion.$1" && { ! command -v "$1" >/dev/null || "$1" -n "completion.$1" 2>err; }
	result $? "completion for $1 is written and parses"
}

# NAME WORD-THAT-IS-OFFERED WORDS…: what bash offers for the last word
completes()
{
	name=$1 expected=$2
	shift 2
	bash -c '. ./completion.bash; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _smashtop; printf "%s\n" "${COMPREPLY[@]}"' \
		bash smashtop "$@" >out 2>err
	grep -qFx -e "$expected" out && [ ! -s err ]
	result $? "$name"
}

completion_parses bash
completion_parses zsh
completion_parses fish
mkdir 'a folder'
completes 'a command completes'                    train tr
completes 'an option completes'                    --steps train --st
completes 'a value completes'                      smash-v2 train --preset sm
completes 'a value behind = completes'             small train --preset = sm
completes 'a list completes'                       dilation,reads corrupt --field dilation,re
completes 'a list behind = completes'              all corrupt --field = a
completes 'a folder with a blank completes'        'a folder' train --run a
completes 'a data set completes'                   fashion-mnist train --data fa
completes 'the folder of a data set completes'     'a folder' train --data = fashion-mnist : a
completes 'a pattern completes'                    densenet show de
completes 'a theme completes'                      high-contrast --theme hi
completes 'a field completes'                      training.batch= train --set training.ba
rmdir 'a folder'
refuses 'completion knows three shells'            2 'did you mean bash?' completion bsh
gives_json 'themes lists them as JSON'             themes themes --json

refuses 'an unknown command is wrong usage'        2 'did you mean train?' trian
refuses 'an unknown option is wrong usage'         2 'did you mean --steps?' train --stpes 3
refuses 'a number out of range is wrong usage'     2 'whole number from 1' train --steps 0
refuses 'an unknown preset names the nearest'      2 'small' train --preset smal --run r
refuses 'an unknown field names the nearest'       2 'training.batch' train --set training.bach=3 --run r
refuses 'an impossible preset says why'            2 'space.units_max' train --set space.units_max=7 --run r
refuses 'a data set that nobody knows is named'    1 'fashion-mnist' train --data fashoin-mnist --run r
refuses 'a data folder that is missing is named'   1 '/nowhere' train --data fashion-mnist:/nowhere --run r
refuses 'a device that is not there is named'      1 'cuda' train --device cuda --run r
[ ! -e r ]
result $? 'a run that could not start leaves no directory'
refuses 'resume wants a run that exists'           1 'no run directory' train --run r --resume
refuses 'resume without runs says so'              1 'no unfinished run' train --resume
refuses 'rank wants a run'                         2 '--run' rank
refuses 'rank of no run directory says so'         1 'no run directory' rank --run r
refuses 'a missing architecture file is named'     1 'nothing.json' check nothing.json
refuses 'a pattern misspelt names the nearest'     1 'did you mean densenet?' check densenett
refuses 'a pattern that does not fit says why'     1 'block 2 cannot hold it' check densenet --preset tiny --set space.block_channels=16,8,16
refuses 'a theme misspelt names the nearest'         1 'did you mean dark?' --theme drak --run r
refuses 'an unknown benchmark names the nearest'   2 'did you mean kernels?' bench kernel
echo '{"version": 1, "axes": 2' >cut.json
refuses 'a cut architecture file is refused'       1 'cut.json' check cut.json
echo '{"version": 1, "axes": 2, "blcoks": []}' >key.json
refuses 'an unknown key is named'                  1 'blocks' check key.json
run check --json key.json
[ "$status" = 1 ] && [ ! -s err ] && grep -qF '{"valid": false, "errors": [{"architecture": null, "block": null, "op": null, "field": null, "rule": ' out
result $? 'check --json tells what kept the file from being read'

run --version
[ "$status" = 0 ] && grep -q '^smashtop [0-9]' out
result $? 'version'
run train --help
[ "$status" = 0 ] && grep -q -e '--resume' out && [ ! -s err ]
result $? 'help of a command'

gives_json 'data lists data sets' datasets data --json
refuses 'a data set that is to be read and is not there is named' 1 '/nowhere' data cifar10:/nowhere
# shellcheck disable=SC2086  # words
gives_json 'sample gives architectures' architectures sample --preset tiny --count 3 --seed 7
cp out sample
run sample --preset tiny --count 3 --seed 7
cmp -s out sample
result $? 'the same seed samples the same'
run check --preset tiny sample
[ "$status" = 0 ] && [ "$(grep -c '^sample architecture [123]: valid, id ' out)" = 3 ]
result $? 'what sample writes can be checked'
"$program" check --preset tiny - <sample >out 2>err
[ $? = 0 ] && [ "$(grep -c valid out)" = 3 ]
result $? 'also through a pipe'
run check --preset small --json sample
[ "$status" = 1 ] && grep -q '{"architecture": 1, "block": 1, "op": ' out
result $? 'and its faults are counted from 1'
run sample --preset tiny --count 3 --seed 8
! cmp -s out sample
result $? 'another seed samples others'

for class in bed chair; do
	mkdir -p "volumes/$class/train" "volumes/$class/test"
	for i in 1 2 3 4 5 6; do
		printf 'OFF\n4 4 6\n0 0 0\n%d 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n' "$i" >"volumes/$class/train/$i.off"
	done
	cp "volumes/$class/train/1.off" "volumes/$class/test"
done
run show --preset tiny --data modelnet10:volumes sample
[ "$status" = 0 ] && [ "$(grep -c ' [35]x[35]x[35] ' out)" -gt 2 ]
result $? 'an architecture of images is shown as one of volumes where these are'

if ! "$program" data | grep -q '^fashion-mnist *found'; then
	count=$((count + 1))
	echo "ok $count - training # SKIP fashion-mnist is not installed"
	echo "1..$count"
	exit 0
fi
gives_json 'data tells what one holds' datasets data fashion-mnist --json
grep -q '"partial": null.*"train": 55000\|"train": 55000.*"partial": null' out
result $? 'and that it is whole'

# shellcheck disable=SC2086
gives_json 'train reports' images_per_second train --run a --steps 6 --seed 3 $tiny --json
[ -f a/run.json ] && [ -f a/checkpoint.safetensors ] && [ "$(grep -c . a/metrics.jsonl)" -ge 6 ]
result $? 'a run directory has its files'

# The same 6 steps, killed by a signal on the way.
# shellcheck disable=SC2086
"$program" train --run b --steps 6000 --seed 3 $tiny >out 2>err </dev/null &
trainer=$!
for _ in $(seq 240); do
	[ -f b/metrics.jsonl ] && [ "$(grep -c . b/metrics.jsonl)" -ge 3 ] && break
	sleep 0.25
done
kill -TERM $trainer
wait $trainer
status=$?
[ $status = 130 ] && [ -f b/checkpoint.safetensors ] && grep -q 'saved at step' err
result $? 'a signal saves the run and exits 130'
refuses 'a run keeps what it was made with'        2 'keeps what it was made with' train --run b --preset small
refuses 'a run keeps its seed'                     2 'keeps what it was made with, 3;' train --run b --seed 4
refuses 'a run keeps its settings'                 2 'keeps what it was made with' train --run b --set training.batch=31
refuses 'a run keeps its data set'                 2 'keeps what it was made with, fashion-mnist' train --run b --data cifar10:/nowhere
refuses 'but they may be elsewhere, if they are'   1 'no folder /nowhere' train --run b --data fashion-mnist:/nowhere
run train --run a --steps 7 --preset tiny --seed 3 --threads 2
[ "$status" = 0 ] && grep -q '"threads": 2' a/run.json
result $? 'a run goes on with what it was made with said again, and with other threads'
run train --resume --run b --steps 1
[ "$status" = 1 ] && one_line_of_error
result $? 'a run cannot be made shorter than it is'

run rank --run a --count 3 --images 250
[ "$status" = 0 ] && [ "$(grep -c sampled out)" = 3 ]
result $? 'rank prints a table'
gives_json 'rank gives architectures' architectures rank --run a --count 2 --images 250 --json
run rank --run a --count 4 --images 250 --top 2 --perturb 2 --chain 2 --patterns
[ "$status" = 0 ] && [ "$(grep -c 'perturbed [0-9a-f]' out)" = 4 ] && grep -q pattern out && grep -q 'best 2 of 6' out
result $? 'rank races, scores patterns and searches from the best'
run export --run a --best 2 --output best.json
[ "$status" = 0 ] && grep -q '^best.json: 2 architectures, ' err && "$program" check --run a best.json >/dev/null
result $? 'export writes architectures that check reads back'
refuses 'export leaves a file alone that exists'   1 'best.json: exists' export --run a --best 2 --output best.json
run export --run a --format csv
[ "$status" = 0 ] && head -n 1 out | grep -q '^rank,id,origin,' && [ "$(wc -l <out)" -gt 10 ]
result $? 'export writes the table of scores to standard output'
id=$(sed -n '2s/^1,\([0-9a-f]*\),.*/\1/p' out)
run corrupt --run a --arch "$id" --trials 1
run export --run a --format csv
sed -n 2p out | cut -d, -f14 | grep -q '[0-9]' && [ -n "$id" ]
result $? 'the table has what corruption added to the loss'
run export --run a --arch "$id,$id" --format csv
[ "$status" = 0 ] && [ "$(wc -l <out)" = 2 ]
result $? 'one that is named twice is exported once'
refuses 'export wants each name to be one'         1 "--arch $id,: a name is empty" export --run a --arch "$id," --format csv
run export --run a --best 1 --format onnx --output net
[ "$status" = 0 ] && grep -q '^net.onnx: 1 network, ' err && [ -s net.onnx ]
result $? 'export says what the file is called that it wrote'
refuses 'export wants to know which architectures' 2 '--best K' export --run a --format json
refuses 'export names the nearest format'          2 'did you mean csv?' export --run a --format cvs
run export --run a --figure loss --output loss.svg
[ "$status" = 0 ] && grep -q '^loss.svg: loss, ' err && grep -q '>training step<' loss.svg
result $? 'export draws the loss of the run'
run export --run a --figure corrupt --style dark --width 100 --format svg
[ "$status" = 0 ] && grep -q '"283.46pt"' out && grep -q '#1c1c1c' out && grep -q '>one field<' out
result $? 'export draws the newest corruption, as wide and as dark as is said'
run export --run a --best 1 --format dot
[ "$status" = 0 ] && grep -q '^digraph ' out && [ "$(grep -c 'subgraph' out)" = 3 ]
result $? 'export writes graphs'
run export --run a --figure loss --format csv
[ "$status" = 0 ] && head -n 1 out | grep -q '^step,loss,error,learning_rate,' && grep -q '^7,[0-9]' out
result $? 'export writes the table of metrics'
refuses 'export names a result that is not there'  1 'has no result of correlate yet' export --run a --figure correlate --format svg
refuses 'a format says what it can be of'          2 'json: is of banks, not of loss' export --run a --figure loss --format json
refuses 'a figure is of the run'                   2 'say nothing about it' export --run a --figure loss --format svg --best 3
run export --run a --best 2 --format pytorch --output nets
[ $status = 0 ] && [ "$(ls nets | wc -l)" = 4 ] && grep -q '^class Network(nn.Module):$' nets/*.py && grep -q '2 networks' err
result $? 'export writes several networks into a folder'
refuses 'export says which weights there are'       2 'lst: there are no such weights; did you mean last?' export --run a --best 1 --weights lst --output x.py
refuses 'weights of its own come from a training'   1 'has no finished training on ' export --run a --best 1 --weights last --output x.py
refuses 'only networks have weights'                2 '--weights: is of networks' export --run a --best 1 --weights last --output x.json
refuses 'a Wide ResNet has no generated weights'    2 'of wrn-10-1 there are last and selected alone' export --run a --arch wrn-10-1 --weights generated --output x.py
refuses 'only pixels have a resolution'            2 'which has no pixels' export --run a --figure loss --format svg --dpi 300
refuses 'only pictures have a style'               2 'of pictures' export --run a --best 1 --format txt --style dark
gives_json 'export says what it wrote'             count export --run a --output scores.csv --json
gives_json 'a race says what it saved' image_evaluations_of_all rank --run a --count 4 --images 250 --top 2 --json
mkdir u
cp a/run.json u/
refuses 'an untrained run is named'                1 'untrained' rank --run u --count 2
id=$(sed -n 's/.*"id": *"\([0-9a-f]*\)".*/\1/p' a/ranking.jsonl | head -n 1)
run show --run a "$id"
[ "$status" = 0 ] && grep -q "^$id" out && grep -q 'block 3' out
result $? 'show draws a ranked architecture'
run show --run a "$(echo "$id" | cut -c 1-7)"
[ "$status" = 0 ] && grep -q "^$id" out
result $? 'the beginning of an id is enough'
run show --run a resnet
[ "$status" = 0 ] && grep -q '  1  b  ' out
result $? 'show draws a pattern'
run show --preset tiny sample
[ "$status" = 0 ] && [ "$(grep -c ' block 1 ' out)" = 3 ]
result $? 'show draws what sample wrote'
gives_json 'show gives the architecture' architecture show --run a "$id" --json
cp out one.json
run check --preset tiny one.json
[ "$status" = 0 ] && grep -qF "valid, id $id" out
result $? 'what show gives is valid and has the same id'
sed 's/"units": [0-9]*/"units": 7/' one.json >bad.json
refuses 'check names block, op, field and rule'    1 'op 1 units' check --preset tiny bad.json
run check --preset tiny bad.json --json
[ "$status" = 1 ] && grep -q '"valid": false' out && grep -q '"field": "units"' out
result $? 'check gives errors'

mkdir old
echo '{"version": 99}' >old/run.json
refuses 'a run of another version is refused'      1 'version' train --run old
echo '{' >old/run.json
refuses 'a damaged run.json is refused'            1 'run.json' rank --run old
# shellcheck disable=SC2086
run --run c --steps 2 $tiny
[ "$status" = 0 ] && grep -q 'training without a screen' err && [ -f c/checkpoint.safetensors ]
result $? 'without a terminal the workbench says so'

echo "1..$count"
