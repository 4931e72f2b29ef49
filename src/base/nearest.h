/*
 * nearest.h -- the name that was probably meant. Offer every valid name, from whatever table, then ask:
 *
 *     struct nearest near = nearest_to("smal");
 *     for each preset: nearest_offer(&near, name);
 *     err_set("preset smal: there is none of that name%s", nearest_hint(&near));     "…; did you mean small?"
 */
#ifndef NEAREST_H
#define NEAREST_H

struct nearest {
	const char *given;
	const char *name;                /* nearest so far, NULL while nothing is near enough to be a slip of the finger */
	int distance;
	char hint[96];
};

struct nearest nearest_to(const char *given);
void nearest_offer(struct nearest *, const char *name);          /* keeps the pointer */

/* "; did you mean small?", or "" where nothing is near. Lives in the struct. */
const char *nearest_hint(struct nearest *);

#endif
