#!/bin/sh
# screens.sh -- the workbench in tmux: what a person would see, at three sizes. Writes TAP; skipped without tmux.
set -u

program=${SMASHTOP:?the program to test}
count=0

if ! command -v tmux >/dev/null; then
	echo 'ok 1 - screens # SKIP tmux is not installed'
	echo '1..1'
	exit 0
fi

folder=$(mktemp -d) || exit 1
tmux=
trap '$tmux kill-server 2>/dev/null; rm -rf "$folder"' EXIT
export TMUX_TMPDIR="$folder" XDG_STATE_HOME="$folder/state" XDG_CONFIG_HOME="$folder/config" LC_ALL=C.UTF-8
unset TMUX NO_COLOR SMASHTOP_THEME 2>/dev/null
cd "$folder" || exit 1

result()                                 # STATUS NAME
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' screen
	fi
}

screen()
{
	$tmux capture-pane -p -t 0 >screen 2>&1
}

# TEXT NAME: comes within 30 s
shows()
{
	tries=0
	while screen; ! grep -qF -e "$1" screen; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ] || ! $tmux has-session 2>/dev/null; then
			result 1 "$2"
			return
		fi
		sleep 0.1
	done
	result 0 "$2"
}

keys()
{
	$tmux send-keys -t 0 "$@" 2>/dev/null
}

# WIDTH HEIGHT: the terminal's settings before and after are compared. A server each: one that is ending would refuse the next.
start()
{
	tmux="tmux -L $1x$2 -f /dev/null"
	$tmux new-session -d -x "$1" -y "$2" \
		"stty -a >before; '$program' --run run$1 --data fashion-mnist:'$data' --preset tiny --threads 1 --steps 1000000; echo status \$?; stty -a >after; sleep 60"
}

stop()                                   # NAME
{
	keys q
	shows 'Leave?' "$1: q asks how to leave"
	keys s
	shows 'status 0' "$1: s stops and saves"
	tries=0
	while [ ! -s after ] && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	cmp -s before after
	result $? "$1: the terminal is as before"
	screen
	! grep -q 'Loss' screen
	result $? "$1: nothing of the screen is left"
	rm -f before after
	$tmux kill-server
}

# Ten classes of bars in noise, as IDX files: images of 16x16, 240 to train and 40 to test.
data=$folder
make_split()                             # PREFIX COUNT
{
	LC_ALL=C awk -v n="$2" 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++)
			for (p = 0; p < 256; p++)
				printf "%03o\n", int(rand() * 100) + (p % 16 == i % 10 + 3 ? 150 : 0)
	}' | sed 's/^/\\/' | tr -d '\n' >pixels
	awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "\\%03o", i % 10 }' >labels
	size=$(printf '\\%03o\\%03o' $(($2 / 256)) $(($2 % 256)))
	{ printf '\0\0\010\003\0\0'; printf "$size"; printf '\0\0\0\020\0\0\0\020'; printf "$(cat pixels)"; } >"$1-images-idx3-ubyte"
	{ printf '\0\0\010\001\0\0'; printf "$size"; printf "$(cat labels)"; } >"$1-labels-idx1-ubyte"
	rm pixels labels
}
make_split train 240
make_split t10k 40
: >screen

start 80 24
shows 'TRAINING' '80x24: it trains'
for text in '[1 Train]' 'Loss' 'o valid' 'Banks' 'units conv k' 'Ranking' 'R scores 50' 'F1 Help' 'F10 Quit'; do
	shows "$text" "80x24: the screen has $text"
done
keys '?'
shows 'Everywhere' '80x24: ? lists the keys'
keys Escape
sleep 0.2
keys ':rank 5' Enter
keys 3
shows '5 scored' '80x24: the ranking says how many'
shows 'rank 1 of 5' '80x24: alone, the ranking tells of the best one'
keys ':corrupt --count 2 --trials 1' Enter
shows ':report shows what corrupt found' '80x24: an experiment ends with a report'
keys ':report' Enter
shows 'Esc closes' '80x24: which :report shows, and how to put it away'
keys End
shows 'Verdict' '80x24: to its end'
keys q
keys 4
shows 'Verdict' '80x24: q does, and nothing else; its view has the figures, too'
keys ':corrupt --field raeds' Enter
shows 'did you mean reads?' '80x24: the prompt names the nearest, as the command line does'
keys ':corrupt --run x' Enter
shows 'the screen is of one run' '80x24: and says what has no place in it'
keys ':retrain --arch "no such"' Enter
shows 'retrain: no such: no such file, pattern' '80x24: a word in quotes is one'
keys ':guide --help' Enter
shows 'usage: smashtop guide' '80x24: --help is a text to read'
keys Escape
sleep 0.2
keys ':corrupt --count 10000' Enter
shows 'corrupt  [' '80x24: a job has its bar'
keys ':corrupt --count 10001' Enter
shows '1 more waits' '80x24: and says how many wait'
shows 'corrupt waits for the end of corrupt' '80x24: what is asked meanwhile waits'
keys C-c
shows 'corrupt begins' '80x24: ^c ends the one that runs, the next begins'
keys C-c
shows 'no job' '80x24: and the one that waited'
stop 80x24

start 120 40
shows 'TRAINING' '120x40: it trains'
for text in 'EMA 0.8' '1 dot =' 'F5 follows' 'block 3' 'lr '; do
	shows "$text" "120x40: the screen has $text"
done
keys p
shows 'PAUSED' '120x40: p pauses'
keys p
shows 'TRAINING' '120x40: p goes on'
stop 120x40

start 200 60
shows 'TRAINING' '200x60: it trains'
for text in ' Run ' 'hypernet' 'GFLOP/s' 'checkpoint' 'training begins' 'MMAC  params'; do
	shows "$text" "200x60: the screen has $text"
done
$tmux resize-window -x 60 -y 16
shows '1/8 Loss' 'a small terminal has one pane'
keys ']'
shows '2/8 Banks' '] shows the next'
$tmux resize-window -x 30 -y 8
shows 'q quit menu' 'a tiny one has bare lines'
$tmux resize-window -x 200 -y 60
shows '[1 Train]' 'and all comes back'
stop 200x60
echo "1..$count"
