/* check_retrain.c -- TODO */
#include <check.h>
#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(suite_create("retrain"));
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
