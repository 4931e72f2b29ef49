/*
 * lie_map.h -- the encoding of one architecture as heat maps, one group of channels at a time: the true one, beside it a corrupted one with what
 * differs, and the gradient of the loss with respect to it where an answer to QUESTION_GATES has it.
 */
#ifndef LIE_MAP_H
#define LIE_MAP_H

#include "src/arch/corrupt.h"
#include "ui/pane.h"

struct lie_map;

/* Of that architecture, with lies about a field (CORRUPT_FIELDS: none, the truth alone); asks for the gradient. NULL, having said why, where there is none to be shown. */
struct lie_map *lie_map_new(struct ui *, const struct arch *, enum corrupt_field, enum corrupt_how);
void lie_map_free(struct lie_map *);

void lie_map_news(struct ui *, struct lie_map *);                /* an answer may have come */
void lie_map_draw(struct ui *, const struct lie_map *, struct rect);
bool lie_map_act(struct ui *, struct lie_map *, enum action);    /* up, down: the group; left, right: scrolls; less, more: another lie */

#endif
