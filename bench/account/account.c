/*
 * Runs a command, waits for it and all processes that it leaves behind, and prints the milliseconds until the command had
 * exited, and the CPU time of all of them. A box's command leaves its monitor and VMM behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double ms(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	double wall = 0;
	int result = EXIT_FAILURE;
	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return EXIT_FAILURE;
	double started = now_ms();
	pid_t command = fork();
	if (command == 0) {
		/* stdout is for the result. */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	for (int status; command > 0;) {
		pid_t ended = wait(&status);
		if (ended < 0)
			break;
		if (ended != command)
			continue;
		wall = now_ms() - started;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
	}
	struct rusage used;
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%.1f %.1f\n", wall, ms(used.ru_utime) + ms(used.ru_stime));
	return result;
}
