// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of the kernel underneath, in one process and in two: processes share no mm, so what two take longer than one is
 * the kernel's sharing and the machine's. Prints for each pair of slices the nanoseconds of a fault, alone and with a
 * neighbour; a slice in which somebody was taken off its CPU does not count.
 *
 *	faults PAGES PAIRS
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 2
#define SLICE_NS 2e6

/* What the processes share: they meet here before and after each slice. */
static struct {
	int arrived, generation;
	long rounds;
	double ns[PROCESSES];
	long switches[PROCESSES];
} *shared;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void meet(void)
{
	int generation = __atomic_load_n(&shared->generation, __ATOMIC_SEQ_CST);

	if (__atomic_add_fetch(&shared->arrived, 1, __ATOMIC_SEQ_CST) == PROCESSES) {
		shared->arrived = 0;
		__atomic_store_n(&shared->generation, generation + 1, __ATOMIC_SEQ_CST);
		return;
	}
	for (long spins = 0; __atomic_load_n(&shared->generation, __ATOMIC_SEQ_CST) == generation; spins++)
		if (spins > 1000)
			usleep(20);
}

static double map_touch_unmap(long pages, long rounds)
{
	size_t length = (size_t)pages * 4096;
	double start = now();

	for (long r = 0; r < rounds; r++) {
		char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			exit(1);
		/* A huge page would be one fault for 512. */
		madvise(at, length, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < length; i += 4096)
			((volatile char *)at)[i] = 1;
		munmap(at, length);
	}
	return (now() - start) / rounds / pages;
}

/* How often this process was taken off its CPU against its will. */
static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

static void be(int process)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(process, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

static void run(int process, long pages, long pairs)
{
	map_touch_unmap(pages, 20);
	if (process == 0)
		shared->rounds = 1 + SLICE_NS / (map_touch_unmap(pages, 20) * pages);
	for (long i = 0; i < pairs; i++) {
		double alone = 0;
		long before = switches();

		meet();
		if (process == 0)
			alone = map_touch_unmap(pages, shared->rounds);
		meet();
		shared->ns[process] = map_touch_unmap(pages, shared->rounds);
		shared->switches[process] = switches() - before;
		meet();
		if (process == 0 && !shared->switches[0] && !shared->switches[1])
			printf("%.1f %.1f\n", alone, (shared->ns[0] + shared->ns[1]) / PROCESSES);
	}
}

int main(int argc, char **argv)
{
	long pages = argc > 1 ? atol(argv[1]) : 512, pairs = argc > 2 ? atol(argv[2]) : 100;
	pid_t child;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	child = fork();
	if (child < 0)
		return 1;
	if (!child)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	be(!child);
	run(!child, pages, pairs);
	if (!child)
		return 0;
	waitpid(child, NULL, 0);
	return 0;
}
