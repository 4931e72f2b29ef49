/* check_pictures.c -- figures and graphs as files that other programs read: what is in them, and that no file is lost or left half written. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <png.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "src/base/err.h"
#include "src/export/export.h"
#include "tests/arch_fixture.h"
#include "tests/figure_rig.h"
#include "tests/skip.h"
#include "tests/store_fixture.h"

static struct export_source of_archs(int count)
{
	static struct arch list[3];

	for (int i = 0; i < 3; i++) {
		list[i] = fixture_arch;
		list[i].block[2].op[1].units = (int16_t)(fixture_arch.block[2].op[1].units + 16 * i);
	}
	return rig_archs(&fixture_space, list, count);
}

static int files(void)
{
	DIR *dir = opendir(folder);
	int n = 0;

	for (struct dirent *e; (e = readdir(dir)); )
		n += strncmp(e->d_name, "it", 2) == 0;
	closedir(dir);
	return n;
}

static bool installed(const char *program)
{
	char command[200];

	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

/* Where an architecture is asked for, of one; otherwise of many points. */
static struct export_source of_subject(enum export_subject subject)
{
	if (subject == EXPORT_BANKS)
		return of_archs(1);
	rig_many_points();
	return rig_source(subject);
}

/* ---- svg ---- */

/* The end of a name of XML. */
static const char *name_end(const char *at)
{
	return at + strspn(at, "abcdefghijklmnopqrstuvwxyz-");
}

/* Text until '<' or the quote: neither markup nor an & that begins nothing, no control characters. */
static const char *ck_xml_text(const char *at, char until)
{
	for (; *at && *at != until; at++) {
		ck_assert_msg(*at != '<' && ((unsigned char)*at >= 0x20 || *at == '\n'), "%.40s", at);
		if (*at == '&')
			ck_assert_msg(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) || !strncmp(at, "&quot;", 6), "%.40s", at);
	}
	return at;
}

/* After the name of an element: name="value" …, then > or />. */
static const char *ck_xml_attributes(const char *at, bool *empty)
{
	while (*at == ' ') {
		const char *end = name_end(at + 1);

		ck_assert_msg(end > at + 1 || end[0] == 'x', "%.40s", at);
		end += strcspn(end, "=");                /* viewBox */
		ck_assert_msg(!strncmp(end, "=\"", 2), "%.40s", at);
		at = ck_xml_text(end + 2, '"') + 1;
	}
	*empty = *at == '/';
	at += *empty;
	ck_assert_msg(*at == '>', "%.40s", at);
	return at + 1;
}

/* Elements within one another, as far as XML goes that these files have. */
static void ck_well_formed(const char *text)
{
	char open[16][16];
	int depth = 0, elements = 0;
	bool empty;

	ck_assert(!strncmp(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", 39));
	for (const char *at = text + 39; *(at = ck_xml_text(at, '<')); ) {
		bool ends = at[1] == '/';
		const char *name = at + 1 + ends, *end = name_end(name);

		ck_assert(end > name && end - name < 16);
		if (ends) {
			ck_assert(depth > 0 && !strncmp(open[depth - 1], name, (size_t)(end - name)) && *end == '>');
			depth--;
			at = end + 1;
			continue;
		}
		snprintf(open[depth], sizeof open[0], "%.*s", (int)(end - name), name);
		at = ck_xml_attributes(end, &empty);
		depth += !empty;
		elements++;
		ck_assert(depth > 0 && depth < 16);
	}
	ck_assert_int_eq(depth, 0);
	ck_assert_int_gt(elements, 20);
}

START_TEST(svg_is_well_formed_and_has_its_texts)
{
	static const char *const texts[EXPORT_SUBJECTS][4] = {
		[EXPORT_BANKS] = { ">Architecture ", ">block 2  <", ">3×5 d3×2 g4<", ">reads and writes<" },
		[EXPORT_LOSS] = { ">training step<", ">cross-entropy loss<", ">validation<", ">Loss of run<" },
		[EXPORT_CORRELATE] = { "<desc>n = 20; Spearman +0.70 [+0.40, +0.90]", ">test error of the trained network, %<", ">edited (", ">guided (" },
		[EXPORT_CORRUPT] = { ">dilation<", ">&lt;.0001<", ">one field<", ">whole encoding (control)<" },
	};
	struct export_source s = of_subject((enum export_subject)_i);
	char *svg = rig_written("svg", &s);

	ck_well_formed(svg);
	for (int i = 0; i < 4; i++)
		ck_assert_msg(strstr(svg, texts[_i][i]) != NULL, "%s is not in %s", texts[_i][i], svg);
	ck_assert(strstr(svg, "width=\"240.94pt\"") != NULL);     /* 85 mm */
	free(svg);
}
END_TEST

START_TEST(names_of_runs_do_not_break_svg_and_dot)
{
	struct export_source s;
	char *text;

	rig_run(rig_odd_name);
	rig_metrics(5, 0, 0);
	s = rig_source(EXPORT_LOSS);
	text = rig_written("svg", &s);
	ck_well_formed(text);
	ck_assert(strstr(text, "a&lt;b&gt;&amp;&quot;c&quot; größer 網\xef\xbf\xbd") != NULL);
	free(text);
	s = of_archs(1);
	text = rig_written("dot", &s);
	ck_assert(strstr(text, "a<b>&\\\"c\\\" größer 網\xef\xbf\xbd") != NULL);
	free(text);
}
END_TEST

START_TEST(several_architectures_stand_below_each_other)
{
	struct export_source one = of_archs(1), three = of_archs(3);
	char *a = rig_written("svg", &one), *b = rig_written("svg", &three);
	double height, all;

	ck_assert_int_eq(sscanf(strstr(a, "height="), "height=\"%lf", &height), 1);
	ck_assert_int_eq(sscanf(strstr(b, "height="), "height=\"%lf", &all), 1);
	ck_assert_double_ge(all, 3 * height);            /* the numbers of the others are no shorter */
	ck_assert_double_le(all, 3 * height + 40);
	ck_well_formed(b);
	free(a);
	free(b);
}
END_TEST

START_TEST(a_picture_has_no_hundreds_of_architectures)
{
	struct export_source s = of_archs(101);

	ck_assert_int_eq(export_file(export_find("svg"), &s, rig_path, false, NULL, 0), -1);
	ck_says("101 architectures are too many for pictures; at most 100");
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(rsvg_renders_it)
{
	char command[2000];

	for (int i = 0; i < EXPORT_SUBJECTS; i++) {
		struct export_source s = of_subject((enum export_subject)i);

		rig_writes("svg", &s);
		snprintf(command, sizeof command, "rsvg-convert '%s' >'%s.png'", rig_path, rig_path);
		ck_assert_int_eq(system(command), 0);
	}
}
END_TEST

/* ---- png ---- */

/* The data of the chunk of that type, `bytes` long; NULL: there is none. */
static const unsigned char *chunk(const unsigned char *png, size_t size, const char *type, const char *begins, size_t *bytes)
{
	for (size_t at = 8; at + 12 <= size; at += 12 + *bytes) {
		const unsigned char *p = png + at;

		*bytes = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (!memcmp(p + 4, type, 4) && !memcmp(p + 8, begins, strlen(begins)))
			return p + 8;
	}
	return NULL;
}

static unsigned number_at(const unsigned char *p)
{
	return (unsigned)p[0] << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 | p[3];
}

/* The text of an iTXt chunk: after its keyword, flags, language and translated keyword, of which none are set. */
static void ck_says_in_chunk(const unsigned char *png, size_t size, const char *keyword, const char *text)
{
	size_t bytes;
	const unsigned char *data = chunk(png, size, "iTXt", keyword, &bytes);

	ck_assert_msg(data != NULL, "%s", keyword);
	ck_assert_msg(memmem(data, bytes, text, strlen(text)) != NULL, "%s: %.*s", keyword, (int)bytes - 20, data + strlen(keyword) + 5);
}

START_TEST(png_has_its_size_its_resolution_and_its_texts)
{
	static const int dpi[] = { 0, 50, 600 };
	struct export_source s = of_subject(EXPORT_LOSS);
	size_t size, bytes;
	unsigned char *png;
	png_image image = { .version = PNG_IMAGE_VERSION };

	s.style.dpi = dpi[_i];
	png = (unsigned char *)rig_written("png", &s);
	free(png);
	png = (unsigned char *)read_file(rig_path, &size);
	ck_assert_uint_eq(number_at(chunk(png, size, "IHDR", "", &bytes)), (unsigned)ceil(85 / 25.4 * (dpi[_i] ? dpi[_i] : 300)));
	ck_assert_uint_eq(number_at(chunk(png, size, "pHYs", "", &bytes)), (unsigned)lround((dpi[_i] ? dpi[_i] : 300) / 0.0254));
	ck_says_in_chunk(png, size, "Title", "Loss of run");
	ck_says_in_chunk(png, size, "Description", "400 steps");
	ck_says_in_chunk(png, size, "Source", run_path);
	ck_assert_msg(png_image_begin_read_from_memory(&image, png, size), "%s", image.message);
	png_image_free(&image);
	free(png);
}
END_TEST

/* The pixel in the upper right corner. */
static unsigned corner(void)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	unsigned char *pixels;
	unsigned colour;

	ck_assert_msg(png_image_begin_read_from_file(&image, rig_path), "%s", image.message);
	image.format = PNG_FORMAT_RGB;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	ck_assert_msg(png_image_finish_read(&image, NULL, pixels, 0, NULL), "%s", image.message);
	colour = (unsigned)pixels[3 * image.width - 3] << 16 | (unsigned)pixels[3 * image.width - 2] << 8 | pixels[3 * image.width - 1];
	free(pixels);
	return colour;
}

START_TEST(pictures_are_light_or_dark)
{
	struct export_source s = of_archs(1);
	char *svg;

	s.style.dpi = 72;
	rig_writes("png", &s);
	ck_assert_uint_eq(corner(), 0xffffff);
	s.style.dark = true;
	rig_writes("png", &s);
	ck_assert_uint_eq(corner(), 0x1c1c1c);
	svg = rig_written("svg", &s);
	ck_assert(strstr(svg, "height=\"100%\" fill=\"#1c1c1c\"") != NULL);
	free(svg);
}
END_TEST

START_TEST(a_picture_of_too_many_pixels_is_refused)
{
	struct export_source s = of_archs(3);

	s.style = (struct export_style){ .width_mm = 500, .dpi = 2400 };
	ck_assert_int_eq(export_file(export_find("png"), &s, rig_path, false, NULL, 0), -1);
	ck_says("pixels are too many");
	ck_assert_int_eq(files(), 0);
}
END_TEST

/* ---- pdf ---- */

static int count_of(const char *data, size_t bytes, const char *what)
{
	int n = 0;

	for (const char *at = data; (at = memmem(at, bytes - (size_t)(at - data), what, strlen(what))); at++)
		n++;
	return n;
}

START_TEST(pdf_is_whole_with_a_page_each_and_its_fonts_in_it)
{
	struct export_source s = _i ? of_archs(_i) : of_subject(EXPORT_CORRELATE);
	size_t bytes;
	char *pdf;

	rig_writes("pdf", &s);
	pdf = read_file(rig_path, &bytes);
	ck_assert(!strncmp(pdf, "%PDF-1.4", 8));
	ck_assert_str_eq(pdf + bytes - 6, "%%EOF\n");
	ck_assert_int_eq(count_of(pdf, bytes, "/Type /Page "), _i ? _i : 1);
	ck_assert_int_ge(count_of(pdf, bytes, "/FontFile"), 1);
	ck_assert_int_eq(count_of(pdf, bytes, "/Type /FontDescriptor"), count_of(pdf, bytes, "/FontFile"));
	ck_assert_int_eq(count_of(pdf, bytes, "/Subtype /Image"), 0);
	free(pdf);
}
END_TEST

START_TEST(the_text_of_a_pdf_can_be_searched)
{
	struct export_source s = of_subject(EXPORT_CORRUPT);
	char command[2000], *text;
	size_t bytes;

	rig_writes("pdf", &s);
	snprintf(command, sizeof command, "pdftotext -layout '%s' '%s.txt'", rig_path, rig_path);
	ck_assert_int_eq(system(command), 0);
	text = read_file(strcat(strcpy(command, rig_path), ".txt"), &bytes);
	ck_assert_msg(strstr(text, "Corrupted encodings, run at step 20,000") != NULL, "%s", text);
	free(text);
}
END_TEST

/* ---- dot ---- */

/* Every line is a brace, a setting, a node or an edge between nodes that are there before it. */
START_TEST(dot_has_every_op_and_bank_and_edges_between_them)
{
	struct export_source s = of_archs(2);
	char *dot = rig_written("dot", &s), from[24], to[24], named[32];
	int depth = 0, graphs = 0, edges = 0;
	char *rest = dot;

	for (char *line; (line = strsep(&rest, "\n")); ) {
		bool quoted = false;

		graphs += strncmp(line, "digraph \"", 9) == 0;
		for (const char *c = line; *c; c++) {
			if (*c == '"' && c[-1] != '\\')
				quoted = !quoted;
			depth += quoted ? 0 : (*c == '{') - (*c == '}');
		}
		ck_assert_msg(!quoted && depth >= 0, "%s", line);
		if (sscanf(line, " %23[a-z0-9_] -> %23[a-z0-9_]", from, to) != 2)
			continue;
		edges++;
		for (char *c = dot; c < line; c++)       /* lines that were separated */
			*c = *c ? *c : '\n';
		snprintf(named, sizeof named, "%s [", from);
		ck_assert_msg(memmem(dot, (size_t)(line - dot), named, strlen(named)) != NULL, "%s", line);
	}
	ck_assert_int_eq(depth, 0);
	ck_assert_int_eq(graphs, 2);
	ck_assert_int_gt(edges, 40);
	free(dot);
}
END_TEST

START_TEST(graphviz_draws_it_without_a_complaint)
{
	struct export_source s = of_archs(2);
	char command[2000];
	size_t bytes;

	rig_run(rig_odd_name);
	s.run_path = run_path;
	rig_writes("dot", &s);
	snprintf(command, sizeof command, "dot -Tsvg '%s' >/dev/null 2>'%s.says'", rig_path, rig_path);
	ck_assert_int_eq(system(command), 0);
	free(read_file(strcat(strcpy(command, rig_path), ".says"), &bytes));
	ck_assert_uint_eq(bytes, 0);
}
END_TEST

/* ---- files ---- */

START_TEST(a_picture_that_exists_is_left_alone_unless_that_is_said)
{
	static const char *const formats[] = { "svg", "png", "pdf", "dot" };
	struct export_source s = of_archs(1);
	size_t bytes;
	char *text;

	for (int i = 0; i < 4; i++) {
		write_file(rig_path, "years of work", 13);
		ck_assert_int_eq(export_file(export_find(formats[i]), &s, rig_path, false, NULL, 0), -1);
		ck_says("exists");
		text = read_file(rig_path, &bytes);
		ck_assert_str_eq(text, "years of work");
		free(text);
		rig_writes(formats[i], &s);
		ck_assert_int_eq(files(), 1);
	}
}
END_TEST

/* Of a disk that is full after 500 bytes. */
START_TEST(a_picture_that_cannot_be_written_leaves_nothing)
{
	static const char *const formats[] = { "svg", "png", "pdf", "dot", "csv", "tensorboard" };
	struct rlimit usual, little;
	struct export_source s = of_subject(_i < 4 ? EXPORT_BANKS : EXPORT_LOSS);

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &usual), 0);
	little = usual;
	little.rlim_cur = 500;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);

	int rc = export_file(export_find(formats[_i]), &s, rig_path, false, NULL, 0);

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &usual), 0);
	ck_assert_int_eq(rc, -1);
	ck_says("File too large");
	ck_assert(strncmp(err_last(), rig_path, strlen(rig_path)) == 0);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(formats_know_what_they_can_be_of)
{
	ck_assert_int_eq(export_check(export_find("tensorboard"), EXPORT_BANKS), -1);
	ck_says("tensorboard: is of loss, not of banks");
	ck_assert_int_eq(export_check(export_find("json"), EXPORT_LOSS), -1);
	ck_assert_int_eq(export_check(export_find("svg"), EXPORT_CORRUPT), 0);
	ck_assert_int_eq(export_subject_find("corrupt"), EXPORT_CORRUPT);
	ck_assert_int_eq(export_subject_find("corelate"), EXPORT_SUBJECTS);
	ck_says("corelate: there is no such figure; did you mean correlate?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pictures");
	TCase *pictures = tcase_create("pictures"), *kept = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(pictures, rig_make, remove_folder);
	tcase_add_loop_test(pictures, svg_is_well_formed_and_has_its_texts, 0, EXPORT_SUBJECTS);
	tcase_add_test(pictures, names_of_runs_do_not_break_svg_and_dot);
	tcase_add_test(pictures, several_architectures_stand_below_each_other);
	tcase_add_test(pictures, a_picture_has_no_hundreds_of_architectures);
	TCASE_ADD_OR_SKIP(pictures, rsvg_renders_it, installed("rsvg-convert"), "rsvg-convert is not installed");
	tcase_add_loop_test(pictures, png_has_its_size_its_resolution_and_its_texts, 0, 3);
	tcase_add_test(pictures, pictures_are_light_or_dark);
	tcase_add_test(pictures, a_picture_of_too_many_pixels_is_refused);
	tcase_add_loop_test(pictures, pdf_is_whole_with_a_page_each_and_its_fonts_in_it, 0, 3);
	TCASE_ADD_OR_SKIP(pictures, the_text_of_a_pdf_can_be_searched, installed("pdftotext"), "pdftotext is not installed");
	tcase_add_test(pictures, dot_has_every_op_and_bank_and_edges_between_them);
	TCASE_ADD_OR_SKIP(pictures, graphviz_draws_it_without_a_complaint, installed("dot"), "Graphviz is not installed");
	suite_add_tcase(suite, pictures);
	tcase_add_checked_fixture(kept, rig_make, remove_folder);
	tcase_add_test(kept, a_picture_that_exists_is_left_alone_unless_that_is_said);
	tcase_add_loop_test(kept, a_picture_that_cannot_be_written_leaves_nothing, 0, 6);
	tcase_add_test(kept, formats_know_what_they_can_be_of);
	suite_add_tcase(suite, kept);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
