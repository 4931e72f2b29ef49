/* picture.c -- reading PNG files, through libpng. */
#include "src/data/picture.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "src/base/err.h"

enum { HEADER_BYTES = 33, DEFLATE_EXPANSION_MAX = 1032, CHUNK_BYTES_MAX = 1 << 23, WHITE = 255 };

/* ---- the header: the signature, and the chunk IHDR, which is the first ---- */

static const struct { const char *bytes; size_t count; const char *name; } others[] = {
	{ "\xff\xd8\xff", 3, "a JPEG picture" }, { "GIF8", 4, "a GIF picture" }, { "BM", 2, "a BMP picture" }, { "RIFF", 4, "a WebP picture" },
	{ "II*", 4, "a TIFF picture" }, { "MM\0*", 4, "a TIFF picture" }, { "<", 1, "a text, perhaps SVG or HTML" },
};

static int not_png(const char *path, const uint8_t *head, size_t bytes)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (bytes >= others[i].count && memcmp(head, others[i].bytes, others[i].count) == 0)
			return err_set("%s: %s, where PNG would be right; convert it (ImageMagick: mogrify -format png)", path, others[i].name);
	return err_set("%s: not a PNG file: its first bytes are those of something else", path);
}

static uint32_t number(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Bits of a pixel; 0: no such type. */
static int pixel_bits(int depth, int type)
{
	static const struct { int type, channels, depths; } types[] = {
		{ PNG_COLOR_TYPE_GRAY, 1, 1 | 2 | 4 | 8 | 16 }, { PNG_COLOR_TYPE_RGB, 3, 8 | 16 }, { PNG_COLOR_TYPE_PALETTE, 1, 1 | 2 | 4 | 8 },
		{ PNG_COLOR_TYPE_GRAY_ALPHA, 2, 8 | 16 }, { PNG_COLOR_TYPE_RGB_ALPHA, 4, 8 | 16 },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type && depth > 0 && (depth & (depth - 1)) == 0 && (types[i].depths & depth))
			return types[i].channels * depth;
	return 0;
}

/* A header may promise anything: before memory is asked for, the size of the file must be able to keep the promise. */
static int check_header(const char *path, const uint8_t *head, size_t bytes, int64_t file_bytes)
{
	uint64_t width = number(head + 16), height = number(head + 20);
	int bits = pixel_bits(head[24], head[25]);

	if (bytes < 8 || memcmp(head, "\x89PNG\r\n\x1a\n", 8) != 0)
		return not_png(path, head, bytes);
	if (bytes < HEADER_BYTES)
		return err_set("%s: cut short after %zu bytes; get the file again", path, bytes);
	if (memcmp(head + 8, "\0\0\0\rIHDR", 8) != 0 || crc32(0, head + 12, 17) != number(head + 29))
		return err_set("%s: damaged PNG (its header); get the file again", path);
	if (!bits)
		return err_set("%s: damaged PNG (%d bits of colour type %d); get the file again", path, head[24], head[25]);
	if (width < 1 || height < 1 || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX || width * height > PICTURE_PIXELS_MAX)
		return err_set("%s: %llu x %llu pixels, where sides of 1 to %d and at most %d pixels would be right", path,
			(unsigned long long)width, (unsigned long long)height, PICTURE_SIDE_MAX, PICTURE_PIXELS_MAX);
	if (height * (width * (uint64_t)bits / 8) / DEFLATE_EXPANSION_MAX > (uint64_t)file_bytes)
		return err_set("%s: its header promises %llu x %llu pixels, its %lld bytes cannot hold them; get the file again", path,
			(unsigned long long)width, (unsigned long long)height, (long long)file_bytes);
	return 0;
}

static int read_header(FILE *f, const char *path, struct picture *p)
{
	uint8_t head[HEADER_BYTES] = { 0 };
	struct stat st;
	size_t bytes;

	if (fstat(fileno(f), &st) < 0)
		return err_set("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set("%s: not a file", path);
	bytes = fread(head, 1, sizeof head, f);
	if (ferror(f))
		return err_set("%s: %s", path, strerror(errno));
	if (check_header(path, head, bytes, st.st_size) < 0)
		return -1;
	*p = (struct picture){ .width = (int)number(head + 16), .height = (int)number(head + 20),
		.channels = head[25] & PNG_COLOR_MASK_COLOR ? 3 : 1 };
	return 0;
}

static FILE *open_file(const char *path)
{
	FILE *f = fopen(path, "rbe");

	if (!f)
		err_set("%s: %s", path, strerror(errno));
	return f;
}

int picture_look(const char *path, struct picture *p)
{
	FILE *f = open_file(path);
	int rc = f ? read_header(f, path, p) : -1;

	if (f)
		fclose(f);
	return rc;
}

/* ---- the pixels ---- */

/* What libpng's long jump must not forget is here, not in variables of the function that it jumps to. */
struct reading {
	png_structp png;
	png_infop info;
	const char *path;
	uint8_t *pixels;                 /* with an alpha channel where `alpha` */
	uint8_t **row;
	int channels;
	bool alpha;
};

static void give_up(png_structp png, png_const_charp message)
{
	const struct reading *r = png_get_error_ptr(png);

	err_set("%s: damaged PNG (%s); get the file again", r->path, message);
	longjmp(png_jmpbuf(png), 1);
}

static void ignore_warning(png_structp png, png_const_charp message)
{
	(void)png, (void)message;
}

/* 8 bits, grey or colour as wanted, with an alpha channel where there is transparency. */
static void set_transformations(struct reading *r)
{
	int type = png_get_color_type(r->png, r->info);

	png_set_scale_16(r->png);
	png_set_expand(r->png);
	if (r->channels == 3)
		png_set_gray_to_rgb(r->png);
	else if (type & PNG_COLOR_MASK_COLOR)
		png_set_rgb_to_gray(r->png, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT, PNG_RGB_TO_GRAY_DEFAULT);
	r->alpha = type & PNG_COLOR_MASK_ALPHA || png_get_valid(r->png, r->info, PNG_INFO_tRNS);
	png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
}

static int decode(struct reading *r, FILE *f, const struct picture *p)
{
	size_t row_bytes, width = (size_t)p->width, height = (size_t)p->height;

	if (setjmp(png_jmpbuf(r->png)))
		return -1;
	rewind(f);
	png_init_io(r->png, f);
	png_set_user_limits(r->png, PICTURE_SIDE_MAX, PICTURE_SIDE_MAX);
	png_set_chunk_malloc_max(r->png, CHUNK_BYTES_MAX);
	png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);       /* texts, profiles, times */
	png_read_info(r->png, r->info);
	set_transformations(r);
	row_bytes = width * (size_t)(r->channels + r->alpha);
	if (png_get_rowbytes(r->png, r->info) != row_bytes)
		png_error(r->png, "rows of another length");
	r->pixels = malloc(height * row_bytes);
	r->row = malloc(height * sizeof *r->row);
	if (!r->pixels || !r->row)
		return err_set("%s: out of memory (%zu bytes)", r->path, height * row_bytes);
	for (size_t y = 0; y < height; y++)
		r->row[y] = r->pixels + y * row_bytes;
	png_read_image(r->png, r->row);
	png_read_end(r->png, NULL);
	return 0;
}

/* On white; the channels close up. */
static void flatten(uint8_t *pixels, size_t count, int channels)
{
	const uint8_t *from = pixels;

	for (size_t i = 0; i < count; i++, from += channels + 1)
		for (int c = 0, alpha = from[channels]; c < channels; c++)
			*pixels++ = (uint8_t)((from[c] * alpha + WHITE * (255 - alpha) + 127) / 255);
}

int picture_read(const char *path, int channels, struct picture *p)
{
	struct reading r = { .path = path, .channels = channels };
	FILE *f = open_file(path);
	int rc = f ? read_header(f, path, p) : -1;

	if (rc == 0) {
		r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, give_up, ignore_warning);
		r.info = r.png ? png_create_info_struct(r.png) : NULL;
		rc = r.info ? decode(&r, f, p) : err_set("%s: out of memory", path);
		png_destroy_read_struct(&r.png, &r.info, NULL);
	}
	if (rc == 0) {
		if (r.alpha)
			flatten(r.pixels, (size_t)p->width * (size_t)p->height, channels);
		p->channels = channels;
		p->pixels = r.pixels;
	} else {
		free(r.pixels);
		*p = (struct picture){ 0 };
	}
	free(r.row);
	if (f)
		fclose(f);
	return rc;
}

void picture_release(struct picture *p)
{
	free(p->pixels);
	*p = (struct picture){ 0 };
}
