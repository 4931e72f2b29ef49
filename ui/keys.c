/* keys.c -- the table of keys. A pane gives a letter its own meaning only where the global one does nothing there. */
#include "ui/keys.h"

#include <curses.h>
#include <stddef.h>

const char *const where_names[WHERES] = {
	[EVERYWHERE] = "Everywhere", [IN_LOSS] = "Loss", [IN_BANKS] = "Banks", [IN_EDIT] = "Editing", [IN_RANKING] = "Ranking",
	[IN_CORRUPT] = "Corrupt", [IN_GUIDE] = "Guide", [IN_CORRELATE] = "Correlate", [IN_JOBS] = "Jobs", [IN_DATA] = "Data",
};

const char *const action_words[ACTION_COUNT] = {
#define ACTION_WORD(symbol, word) [ACTION_##symbol] = word,
	ACTIONS(ACTION_WORD)
#undef ACTION_WORD
};

const struct key_row key_rows[] = {
	{ EVERYWHERE, { KEY_F(1), '?' }, ACTION_HELP, "F1 ?", "F1", "Help", "this help; / searches in it, Esc closes" },
	{ EVERYWHERE, { KEY_UP, 'k' }, ACTION_UP, "Up k", NULL, NULL, "move up" },
	{ EVERYWHERE, { KEY_DOWN, 'j' }, ACTION_DOWN, "Down j", NULL, NULL, "move down" },
	{ EVERYWHERE, { KEY_LEFT, 'h' }, ACTION_LEFT, "Left h", NULL, NULL, "move left" },
	{ EVERYWHERE, { KEY_RIGHT, 'l' }, ACTION_RIGHT, "Right l", NULL, NULL, "move right" },
	{ EVERYWHERE, { KEY_HOME, 'g' }, ACTION_FIRST, "Home g", NULL, NULL, "to the first" },
	{ EVERYWHERE, { KEY_END, 'G' }, ACTION_LAST, "End G", NULL, NULL, "to the last" },
	{ EVERYWHERE, { KEY_PPAGE }, ACTION_PAGE_UP, "PgUp", NULL, NULL, "a page up" },
	{ EVERYWHERE, { KEY_NPAGE }, ACTION_PAGE_DOWN, "PgDn", NULL, NULL, "a page down" },
	{ EVERYWHERE, { CONTROL('u') }, ACTION_HALF_UP, "^u", NULL, NULL, "half a page up" },
	{ EVERYWHERE, { CONTROL('d') }, ACTION_HALF_DOWN, "^d", NULL, NULL, "half a page down" },
	{ EVERYWHERE, { KEY_TABULATOR }, ACTION_NEXT_PANE, "Tab", NULL, NULL, "the next pane" },
	{ EVERYWHERE, { KEY_BTAB }, ACTION_PREVIOUS_PANE, "S-Tab", NULL, NULL, "the previous pane" },
	{ EVERYWHERE, { '1' }, ACTION_TAB_1, "1", NULL, NULL, "tab Train: all panes" },
	{ EVERYWHERE, { '2' }, ACTION_TAB_2, "2", NULL, NULL, "tab Banks: the architecture in detail" },
	{ EVERYWHERE, { '3' }, ACTION_TAB_3, "3", NULL, NULL, "tab Rank: the scored architectures, all columns" },
	{ EVERYWHERE, { '4' }, ACTION_TAB_4, "4", NULL, NULL, "tab Corrupt: does the HyperNet use what it is told" },
	{ EVERYWHERE, { '5' }, ACTION_TAB_5, "5", NULL, NULL, "tab Guide: edits that gradients propose" },
	{ EVERYWHERE, { '6' }, ACTION_TAB_6, "6", NULL, NULL, "tab Correlate: scores against trained networks" },
	{ EVERYWHERE, { '7', KEY_F(9) }, ACTION_TAB_7, "7 F9", "F9", "Jobs", "tab Jobs: what runs, waits and has ended" },
	{ EVERYWHERE, { '8' }, ACTION_TAB_8, "8", NULL, NULL, "tab Data: images and what the architecture makes of them" },
	{ EVERYWHERE, { '[' }, ACTION_PREVIOUS_TAB, "[", NULL, NULL, "the previous tab (in a small terminal: pane)" },
	{ EVERYWHERE, { ']' }, ACTION_NEXT_TAB, "]", NULL, NULL, "the next tab" },
	{ IN_RANKING, { KEY_ENTER, '\r', '\n' }, ACTION_OPEN, "Enter", "Enter", "Open", "show the architecture in the bank pane" },
	{ EVERYWHERE, { KEY_ESCAPE }, ACTION_BACK, "Esc", NULL, NULL, "back one layer: menu, zoom, cursor" },

	{ IN_BANKS, { 0 }, ACTION_NONE, "r w b", NULL, NULL, "the row's op reads, writes, or does both to this bank" },
	{ IN_BANKS, { 0 }, ACTION_NONE, ".", NULL, NULL, "the op leaves this bank alone; blank: not there yet" },
	{ IN_BANKS, { 0 }, ACTION_NONE, "units conv", NULL, NULL, "output channels; convolutions: 1 then 2, beside them 3 then 4" },
	{ IN_BANKS, { 0 }, ACTION_NONE, "k dil g", NULL, NULL, "kernel, dilation and groups of the first convolution" },
	{ IN_BANKS, { KEY_F(5), 'f' }, ACTION_FOLLOW, "F5 f", "F5", "Follow", "follow training (a new sample every 3 s) or hold this one" },
	{ IN_BANKS, { ' ' }, ACTION_HOLD, "Space", "Space", "Hold", "hold this architecture, or follow again" },
	{ IN_BANKS, { '-', KEY_F(7) }, ACTION_LESS, "F7 -", "F7", "Older", "the sample before this one" },
	{ IN_BANKS, { '+', '=', KEY_F(8) }, ACTION_MORE, "F8 +", "F8", "Newer", "the sample after this one; at the newest, the next of training" },

	{ IN_RANKING, { KEY_F(6), '>' }, ACTION_SORT_MENU, "F6 >", "F6", "Sort", "choose the column to sort by" },
	{ IN_RANKING, { ',' }, ACTION_SORT_PREVIOUS, ",", NULL, NULL, "sort by the column before" },
	{ IN_RANKING, { '.' }, ACTION_SORT_NEXT, ".", NULL, NULL, "sort by the next column" },
	{ IN_RANKING, { 'I' }, ACTION_SORT_INVERT, "I", NULL, NULL, "invert the order" },
	{ IN_RANKING, { KEY_F(4), '\\' }, ACTION_FILTER, "F4 \\", "F4", "Filter", "filter rows, as in: error<.2 origin!=pattern macs<20M marked" },
	{ IN_RANKING, { KEY_F(3), '/' }, ACTION_FIND, "F3 /", "F3", "Find", "find an id or an origin, as it is typed" },
	{ IN_RANKING, { 'n' }, ACTION_FIND_NEXT, "n", NULL, NULL, "the next that was found" },
	{ IN_RANKING, { 'N' }, ACTION_FIND_PREVIOUS, "N", NULL, NULL, "the one before" },
	{ IN_RANKING, { ' ' }, ACTION_MARK, "Space", "Space", "Mark", "mark the row, or take its mark away; marks stay with the run" },
	{ IN_RANKING, { 'v' }, ACTION_MARK_RANGE, "v", NULL, NULL, "mark a range: v where it begins, v where it ends" },
	{ IN_RANKING, { '*' }, ACTION_MARK_ALL, "*", NULL, NULL, "mark all rows that pass the filter" },
	{ IN_RANKING, { 'U' }, ACTION_UNMARK, "U", NULL, NULL, "take all marks away" },
	{ IN_RANKING, { 'u' }, ACTION_UNDO, "u", NULL, NULL, "undo the last change of marks, filter or order" },
	{ IN_RANKING, { CONTROL('r') }, ACTION_REDO, "^r", NULL, NULL, "do again what was undone" },
	{ IN_RANKING, { 'm' }, ACTION_NAME_MARK, "m a", NULL, NULL, "name the row a (b, c ... z)" },
	{ IN_RANKING, { '\'' }, ACTION_TO_MARK, "' a", NULL, NULL, "go to the row named a" },
	{ IN_RANKING, { 'r' }, ACTION_SCORE_AGAIN, "r", "r", "Rescore", "score stale rows (or of the marked the stale ones) again, with the weights of now" },
	{ IN_RANKING, { 'c' }, ACTION_CORRUPT, "c", "c", "Corrupt", "corrupt the encoding of the row, or of the marked ones" },
	{ IN_RANKING, { 'P' }, ACTION_PERTURB, "P", NULL, NULL, "score 20 random neighbours of the row" },
	{ IN_RANKING, { 'C' }, ACTION_CHAIN, "C", NULL, NULL, "a chain of 20 neighbours from the row: each better one is the next to start from" },
	{ IN_RANKING, { 'd' }, ACTION_GUIDE, "d", "d", "Guide", "guided search from the row" },
	{ IN_RANKING, { 't' }, ACTION_RETRAIN, "t", "t", "Train", "train the row, or the marked ones, with weights of their own" },
	{ IN_RANKING, { KEY_F(5), 'f' }, ACTION_FOLLOW, "F5 f", NULL, NULL, "no cursor: the first rows stay in view; or set it again" },

	{ IN_LOSS, { '-', KEY_F(7) }, ACTION_LESS, "F7 -", "F7", "Out", "zoom out: a dot is more steps" },
	{ IN_LOSS, { '+', '=', KEY_F(8) }, ACTION_MORE, "F8 +", "F8", "In", "zoom in: a dot is fewer steps, the newest part shows" },
	{ IN_LOSS, { '0' }, ACTION_RESET, "0", "0", "Whole", "the whole run, axis fitted anew, no cursor" },
	{ IN_LOSS, { 'a' }, ACTION_SCALE, "a", "a", "Log", "linear or logarithmic axis" },
	{ IN_LOSS, { 's' }, ACTION_SMOOTHER, "s", "s", "Smooth", "smoother line" },
	{ IN_LOSS, { 'S' }, ACTION_ROUGHER, "S", NULL, NULL, "rougher line; at the end the plain mean" },
	{ IN_LOSS, { KEY_LEFT, 'h' }, ACTION_LEFT, "Left h", NULL, NULL, "value cursor one dot back" },
	{ IN_LOSS, { KEY_RIGHT, 'l' }, ACTION_RIGHT, "Right l", NULL, NULL, "value cursor one dot on; past the end it goes" },

	{ IN_CORRUPT, { KEY_ENTER, '\r', '\n' }, ACTION_OPEN, "Enter", "Enter", "Open", "the field's architectures; again: an encoding with lies about it" },
	{ IN_CORRUPT, { 'c' }, ACTION_BEGIN, "c", "c", "Begin", "begin: score architectures with encodings that lie" },
	{ IN_CORRUPT, { 'r' }, ACTION_AGAIN, "r", "r", "Go on", "go on with the last one, or the same again" },
	{ IN_CORRUPT, { 'm' }, ACTION_MAP, "m", "m", "Encoding", "the encoding of the bank pane's architecture, true, corrupted, and dE/dc" },
	{ IN_CORRUPT, { '-', KEY_F(7) }, ACTION_LESS, "F7 -", "F7", "Fewer", "fewer architectures in the next one; encoding: the lie before" },
	{ IN_CORRUPT, { '+', '=', KEY_F(8) }, ACTION_MORE, "F8 +", "F8", "More", "more architectures in the next one; encoding: another lie" },

	{ IN_GUIDE, { KEY_ENTER, '\r', '\n' }, ACTION_OPEN, "Enter", "Enter", "Open", "open the start; of an edit: measure it, or show what it makes" },
	{ IN_GUIDE, { 's' }, ACTION_STEP, "s", "s", "Step", "predict and measure a few edits of the architecture at hand" },
	{ IN_GUIDE, { 'S' }, ACTION_DESCEND, "S", "S", "Descend", "a descent from it, and its random twin" },
	{ IN_GUIDE, { 'd' }, ACTION_BEGIN, "d", "d", "Compare", "guided against random search from random starts" },
	{ IN_GUIDE, { 'a' }, ACTION_APPLY, "a", "a", "Apply", "apply the edit in the bank view" },
	{ IN_GUIDE, { 'v' }, ACTION_PREDICTOR, "v", "v", "Predictor", "predict by wiring, by weights, or search at random" },
	{ IN_GUIDE, { 'R' }, ACTION_TWIN, "R", "R", "Random", "show the random twin, or hide it" },
	{ IN_GUIDE, { 'o' }, ACTION_NEXT_LIST, "o", "o", "List", "single edits, those that guided search tried, those at random" },
	{ IN_GUIDE, { 'r' }, ACTION_AGAIN, "r", "r", "Go on", "go on with the last one, or the same again" },
	{ IN_GUIDE, { ',' }, ACTION_SORT_PREVIOUS, ",", NULL, NULL, "sort by the column before" },
	{ IN_GUIDE, { '.' }, ACTION_SORT_NEXT, ".", NULL, NULL, "sort by the next column" },
	{ IN_GUIDE, { 'I' }, ACTION_SORT_INVERT, "I", NULL, NULL, "invert the order" },
	{ IN_GUIDE, { '-', KEY_F(7) }, ACTION_LESS, "F7 -", "F7", "Fewer", "fewer evaluations in the next one" },
	{ IN_GUIDE, { '+', '=', KEY_F(8) }, ACTION_MORE, "F8 +", "F8", "More", "more evaluations in the next one" },

	{ IN_CORRELATE, { KEY_ENTER, '\r', '\n' }, ACTION_OPEN, "Enter", "Enter", "Open", "show the architecture of the point in the bank pane" },
	{ IN_CORRELATE, { 't' }, ACTION_BEGIN, "t", "t", "Begin", "begin: score architectures, train some of them for real" },
	{ IN_CORRELATE, { 'r' }, ACTION_AGAIN, "r", "r", "Go on", "go on with the last one, or the same again" },
	{ IN_CORRELATE, { 'L' }, ACTION_FIT_LINE, "L", "L", "Line", "a line of least squares through the points" },
	{ IN_CORRELATE, { 'b' }, ACTION_NOISE, "b", "b", "Noise", "standard errors of both, where they are known" },
	{ IN_CORRELATE, { 'o' }, ACTION_CLASSES, "o", "o", "MACs", "letters a-d by quarters of compute, or plain points" },
	{ IN_CORRELATE, { '-', KEY_F(7) }, ACTION_LESS, "F7 -", "F7", "Fewer", "fewer trainings in the next one" },
	{ IN_CORRELATE, { '+', '=', KEY_F(8) }, ACTION_MORE, "F8 +", "F8", "More", "more trainings in the next one" },

	{ IN_JOBS, { KEY_ENTER, '\r', '\n' }, ACTION_OPEN, "Enter", "Enter", "Open", "the view of the job, or its report" },
	{ IN_JOBS, { ' ' }, ACTION_HOLD, "Space", "Space", "Hold", "hold the job, or let it go on; training: pause" },
	{ IN_JOBS, { KEY_DC, 'D' }, ACTION_END_JOB, "Del D", "Del", "Cancel", "cancel the job: what it has found stays" },
	{ IN_JOBS, { 'r' }, ACTION_AGAIN, "r", "r", "Again", "the same command again: a cancelled experiment goes on" },

	{ EVERYWHERE, { 'R' }, ACTION_RANK, "R", "R", "Rank+50", "score 50 more random architectures while training goes on" },
	{ EVERYWHERE, { CONTROL('c') }, ACTION_CANCEL, "^c", NULL, NULL, "cancel the job in front; without one, twice: quit menu" },
	{ EVERYWHERE, { 'p' }, ACTION_PAUSE, "p", "p", "Pause", "pause training, or go on, at a step's end" },
	{ EVERYWHERE, { 'z' }, ACTION_ZOOM, "z", "z", "Zoom", "the focused pane alone, or all panes again" },
	{ EVERYWHERE, { '}' }, ACTION_LARGER, "}", NULL, NULL, "the focused pane larger on tab Train (a separator can be dragged, too)" },
	{ EVERYWHERE, { '{' }, ACTION_SMALLER, "{", NULL, NULL, "the focused pane smaller" },
	{ EVERYWHERE, { 'Z' }, ACTION_FREEZE, "Z", NULL, NULL, "freeze the screen, training goes on; again to thaw" },
	{ EVERYWHERE, { CONTROL('s') }, ACTION_SAVE, "^s", NULL, NULL, "write a checkpoint now" },
	{ EVERYWHERE, { ':' }, ACTION_PROMPT, ":", ":", "Command", "command: rank, corrupt, guide, retrain, correlate, report ..." },
	{ EVERYWHERE, { CONTROL('l') }, ACTION_REPAINT, "^l", NULL, NULL, "paint the whole screen again" },
	{ EVERYWHERE, { CONTROL('z') }, ACTION_SUSPEND, "^z", NULL, NULL, "quit menu, with z to suspend (which stops training too)" },
	{ EVERYWHERE, { KEY_F(10), 'q' }, ACTION_QUIT, "F10 q", "F10", "Quit", "quit menu: detach, stop and save; qq loses nothing" },
};
const int key_row_count = sizeof key_rows / sizeof key_rows[0];

static bool has(const struct key_row *row, int key)
{
	for (int i = 0; i < KEYS_A_ROW && row->key[i]; i++)
		if (row->key[i] == key)
			return true;
	return false;
}

const struct key_row *key_find(int key, enum where where)
{
	const struct key_row *found = NULL;

	for (int i = 0; i < key_row_count; i++)
		if (has(&key_rows[i], key)) {
			if (key_rows[i].where == where)
				return &key_rows[i];
			if (key_rows[i].where == EVERYWHERE)
				found = &key_rows[i];
		}
	return found;
}
