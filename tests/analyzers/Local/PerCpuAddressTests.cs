// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class PerCpuAddressTests
{
    [Test]
    public Task A_per_cpu_address_is_no_pointer() => Analysis.Check("KM0404", """
        public unsafe struct pool { public PerCpu<long>* count; public ulong flagged; }

        public static unsafe class mm_test_c
        {
            private static void Bad(pool* p, long* plain)
            {
                long* count = (long*)p->count; // expect: KM0404
                kfree(p->count); // expect: KM0404
                count = (long*)(nint)p->count; // expect: KM0404
                count = (long*)(void*)p->count; // expect: KM0404
                p->count = (PerCpu<long>*)plain; // expect: KM0404
                PerCpu<long> copy = *p->count; // expect: KM0404
                copy = p->count[1]; // expect: KM0404
            }

            private static long Good(pool* p, PerCpu<long>* other, int cpu)
            {
                if (p->count == null || p->count != other)
                    p->count = other;
                p->count = null;
                // A number may have flags in it.
                p->flagged = (ulong)p->count | 1;
                other = (PerCpu<long>*)(p->flagged & ~1UL);
                // Of another type, it is one all the same.
                PerCpu<byte>* bytes = (PerCpu<byte>*)other;
                return *per_cpu_ptr(&other[2], cpu) + *per_cpu_ptr(other + 1, cpu) + *per_cpu_ptr((PerCpu<long>*)(bytes + 8), cpu);
            }

            [ContextPrimitive]
            private static long* Accessor(PerCpu<long>* p) => (long*)p;
        }
        """);

    [Test]
    public Task A_static_or_field_needs_no_attribute() => Analysis.Check("KM04", """
        public unsafe struct pool { public PerCpu<long>* count; [PerCpu(Remote = true)] public PerCpu<memcg_vmstats_percpu>* stats; }

        public static unsafe class mm_test_c
        {
            private static readonly PerCpu<long>* requests = DEFINE_PER_CPU<long>();

            private static void Bad(pool* p, int cpu)
            {
                *this_cpu_ptr(requests) += 1; // expect: KM0401
                __this_cpu_add(p->count, 1); // expect: KM0401
                __this_cpu_add(state_of(p->stats), 1); // expect: KM0401
                *per_cpu_ptr(requests, cpu) = 0; // expect: KM0403
                *per_cpu_ptr(&p->count[1], cpu) = 0; // expect: KM0403
            }

            private static void Good(pool* p, int cpu)
            {
                PerCpu<memcg_vmstats_percpu>* stats = p->stats;
                this_cpu_add(requests, 1);
                this_cpu_add(state_of(stats), 1);
                *per_cpu_ptr(state_of(stats), cpu) = 0;
                preempt_disable();
                __this_cpu_add(p->count, 1);
                this_cpu_ptr(stats)->state++;
                preempt_enable();
            }
        }
        """);

    [Test]
    public Task The_attributes_are_for_addresses() => Analysis.Check("KM0001", """
        public unsafe struct pool
        {
            [PerCpu] public long* count; // expect: KM0001
            [PerCpu(Remote = true)] public PerCpu<long>* right;
        }

        public static unsafe class mm_test_c
        {
            [ReturnsAddressOf("p->stat")] // expect: KM0001
            private static PerCpu<long>* Bad(PerCpu<memcg_vmstats_percpu>* p) => null;

            [ReturnsAddressOf("p->state")] // expect: KM0001
            private static long NoAddress(PerCpu<memcg_vmstats_percpu>* p) => 0;

            [ReturnsAddressOf("p->state")]
            private static PerCpu<long>* Good(PerCpu<memcg_vmstats_percpu>* p) => percpu_member(p, ref layout_of(p).state);
        }
        """);
}
