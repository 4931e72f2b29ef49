/* ranking_facts.c -- what experiments have found about rows: corruption of their encodings, networks trained with weights of their own. */
#include <math.h>
#include <string.h>

#include "src/base/document.h"
#include "src/lab/results.h"
#include "ui/ranking.h"

static struct row_facts *facts_of(struct ranking_view *v, const json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	int index = id ? ranking_view_find(v, id) : -1;

	return index >= 0 ? &v->facts[index] : NULL;
}

static bool differ(double a, double b)
{
	return a != b && !(isnan(a) && isnan(b));
}

static bool take_corruption(struct ranking_view *v, const json_t *document)
{
	const json_t *subject;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(document, "subjects"), i, subject) {
		struct row_facts *f = facts_of(v, subject);

		if (f) {
			double before = f->corrupted;

			f->corrupted = corruption_rise(document, subject, &f->corrupted_stderr);
			any |= differ(before, f->corrupted);
		}
	}
	return any;
}

static bool take_trained(struct ranking_view *v, const json_t *document)
{
	const json_t *trained;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(document, "trained"), i, trained) {
		struct row_facts *f = facts_of(v, trained);
		double error = document_number(trained, "test_error");

		if (!f)
			continue;
		any |= differ(f->true_error, error);
		f->true_error = error;
		f->true_error_stderr = document_number(trained, "test_error_stderr");
		f->true_epochs = (int)json_integer_value(json_object_get(trained, "epochs"));
		f->trainings = (int)json_integer_value(json_object_get(trained, "trainings"));
	}
	return any;
}

bool ranking_take_facts(struct ui *ui, struct ranking_pane *p)
{
	static const struct { int answer; bool (*take)(struct ranking_view *, const json_t *); } sources[] = {
		{ EXPERIMENT_CORRUPT, take_corruption }, { ANSWER_TRAINED, take_trained },
	};
	bool any = false, more = p->facts_rows != p->view.rows;

	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		int answer = sources[i].answer;

		if (!ui->answer[answer] || (!more && p->facts_serial[answer] == ui->answer_serial[answer]))
			continue;
		any |= sources[i].take(&p->view, ui->answer[answer]);
		p->facts_serial[answer] = ui->answer_serial[answer];
	}
	if (!p->marks_read && p->view.rows && ui->snap->run_path[0])
		any |= ranking_read_marks(ui, p);
	p->facts_rows = p->view.rows;
	if (any)
		ranking_view_rebuild(&p->view);
	return any;
}
