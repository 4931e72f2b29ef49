/* device.h -- the device that a test program runs on: the same source is built once more for the stand-in of a GPU. */
#ifndef DEVICE_H
#define DEVICE_H

#ifndef TEST_DEVICE
#define TEST_DEVICE "cpu"
#endif

#endif
