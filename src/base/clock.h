/* clock.h -- two clocks: one to measure with, one to tell a person the time. */
#ifndef CLOCK_H
#define CLOCK_H

double clock_seconds(void);          /* monotonic, from some start; never set back */
double clock_wall(void);             /* since 1970 */

#endif
