/* meter.h -- rates of training, smoothed over the last seconds. */
#ifndef METER_H
#define METER_H

struct meter {                           /* {0} is empty */
	double last;                     /* clock at the last step or start */
	double wall, busy;               /* decayed sums: seconds that went by, seconds within steps */
	double steps, images, flops;
	double total;                    /* seconds within steps since the beginning, not decayed */
};

/* From here on time counts (again): after a pause nothing but the rates of before is kept. */
void meter_start(struct meter *, double now);
void meter_step(struct meter *, double now, double seconds, int images, double flops);

double meter_steps_per_second(const struct meter *);     /* NAN before the first step; of wall time */
double meter_images_per_second(const struct meter *);
double meter_step_seconds(const struct meter *);         /* within steps */
double meter_gflops(const struct meter *);

#endif
