// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;
using Linux;
using static Linux.linux_percpu_h;
using static Linux.mm_percpu_c;

namespace KMemcg.Kernel.Tests.Host.Percpu;

public sealed unsafe class PercpuTests
{
    private static readonly PerCpu<long>* counter = DEFINE_PER_CPU<long>();

    [Test]
    public void EachCpuHasItsOwnCopyThatStartsAtZero()
    {
        for (int round = 0; round < 2; round++)
        {
            using var m = TestMachine.Boot(cpus: 3);
            m.Run(() =>
            {
                for (int cpu = 0; cpu < 3; cpu++)
                    Assert.That(*per_cpu_ptr(counter, cpu), Is.Zero);
                this_cpu_add(counter, 5);
                this_cpu_inc(counter);
                Assert.That(this_cpu_read(counter), Is.EqualTo(6));
                Assert.That(this_cpu_xchg(counter, 9), Is.EqualTo(6));
                Assert.That(this_cpu_cmpxchg(counter, 9, 10), Is.EqualTo(9));
                int me = asm_percpu_h.smp_processor_id();
                for (int cpu = 0; cpu < 3; cpu++)
                    Assert.That(*per_cpu_ptr(counter, cpu), Is.EqualTo(cpu == me ? 10 : 0));
            });
        }
    }

    [Test]
    public void DynamicMemoryIsZeroOnEveryCpu()
    {
        using var m = TestMachine.Boot(cpus: 4);
        m.Run(() =>
        {
            PerCpu<ulong>* p = alloc_percpu<ulong>();
            for (int cpu = 0; cpu < 4; cpu++)
                *per_cpu_ptr(p, cpu) = (ulong)cpu + 1;
            for (int cpu = 0; cpu < 4; cpu++)
                Assert.That(*per_cpu_ptr(p, cpu), Is.EqualTo((ulong)cpu + 1));
            free_percpu(p);
        });
    }

    private struct counts
    {
        public long first;
        public sbyte small;
        public fixed ushort many[5];
    }

    private static readonly PerCpu<counts>* members = DEFINE_PER_CPU<counts>();

    [Test]
    public void Members_are_where_the_struct_has_them_and_wrap_at_their_width()
    {
        using var m = TestMachine.Boot(cpus: 2);
        m.Run(() =>
        {
            PerCpu<sbyte>* small = percpu_member(members, ref layout_of(members).small);
            PerCpu<ushort>* many = percpu_member(members, ref layout_of(members).many[0]);

            this_cpu_inc(percpu_member(members, ref layout_of(members).first));
            this_cpu_write(small, (sbyte)127);
            Assert.That(this_cpu_inc_return(small), Is.EqualTo(-128));
            sbyte seen = 0;
            Assert.That(this_cpu_try_cmpxchg(small, &seen, (sbyte)1), Is.False);
            Assert.That(seen, Is.EqualTo(-128));
            Assert.That(this_cpu_try_cmpxchg(small, &seen, (sbyte)1), Is.True);
            this_cpu_sub(&many[4], (ushort)1);
            this_cpu_and(many + 4, (ushort)0xfff0);
            this_cpu_or(many + 4, (ushort)1);

            int me = asm_percpu_h.smp_processor_id();
            counts* mine = per_cpu_ptr(members, me);
            Assert.That((mine->first, mine->small, mine->many[4]), Is.EqualTo((1L, (sbyte)1, (ushort)0xfff1)));
            Assert.That((per_cpu_ptr(members, 1 - me)->first, per_cpu_ptr(members, 1 - me)->many[4]), Is.EqualTo((0L, (ushort)0)));
        });
    }
}
