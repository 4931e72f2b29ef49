/* arch_fixture.c -- see arch_fixture.h. */
#include "tests/arch_fixture.h"

const struct space fixture_space = {
	.bank_unit = 8, .units_max = 32, .depth_compression = 2,
	.stem_kernel = 5, .stem_stride = 2, .stem_channels = 40,
	.block_input = { 40, 32, 32 }, .block_channels = { 64, 64, 64 }, .block_budget = { 96, 96, 48 },
	.bank_size_max = 24, .arrangement = 4,
	.kernel_max = 5, .dilation_max = 3, .extent_max = 9, .weight_sets = 1, .groups_vary = 1,
	.bottleneck = BOTTLENECK_V2, .units_offset = 1, .units_slope = 1, .budget_share_min = 0.3,
	.background = -1, .noise = 0,
};

#define BANK(number) (UINT64_C(1) << (number))
#define ALL_FOUR 15

const struct arch fixture_arch = {
	.axes = 2,
	.block = {
		{
			.bank_size = 16, .op_count = 2,          /* the input fills banks 0 and 1 */
			.op = {
				{
					.reads = BANK(0) | BANK(1), .writes = BANK(1) | BANK(2), .units = 16, .active = ALL_FOUR,
					.conv = {
						{ .kernel = { 3, 5 }, .dilation = { 3, 2 }, .groups = 4 },
						{ .kernel = { 5, 5 }, .dilation = { 2, 2 }, .groups = 2 },
						{ .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 },
						{ .kernel = { 5, 3 }, .dilation = { 1, 3 }, .groups = 8 },
					},
				},
				{
					.reads = BANK(2), .writes = BANK(0) | BANK(3), .units = 32, .active = 1,
					.conv = { { .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 } },
				},
			},
		},
		{
			.bank_size = 8, .op_count = 2,           /* 0 … 3 */
			.op = {
				{
					.reads = BANK(0) | BANK(1) | BANK(2) | BANK(3), .writes = BANK(1) | BANK(4), .units = 16, .active = 3,
					.conv = {
						{ .kernel = { 5, 3 }, .dilation = { 1, 1 }, .groups = 2 },
						{ .kernel = { 3, 3 }, .dilation = { 2, 1 }, .groups = 4 },
					},
				},
				{
					.reads = BANK(0) | BANK(4), .writes = BANK(2) | BANK(3) | BANK(5) | BANK(6), .units = 32, .active = 5,
					.conv = {
						{ .kernel = { 3, 3 }, .dilation = { 3, 1 }, .groups = 1 },
						{ .kernel = { 0 } },
						{ .kernel = { 3, 5 }, .dilation = { 1, 1 }, .groups = 8 },
					},
				},
			},
		},
		{
			.bank_size = 16, .op_count = 2,
			.op = {
				{
					.reads = BANK(1), .writes = BANK(2), .units = 16, .active = 1,
					.conv = { { .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 } },
				},
				{
					.reads = BANK(0) | BANK(1), .writes = BANK(0) | BANK(1) | BANK(2), .units = 16, .active = 7,
					.conv = {
						{ .kernel = { 3, 3 }, .dilation = { 2, 2 }, .groups = 8 },
						{ .kernel = { 5, 5 }, .dilation = { 1, 2 }, .groups = 1 },
						{ .kernel = { 5, 5 }, .dilation = { 1, 1 }, .groups = 4 },
					},
				},
			},
		},
	},
};
