// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class LayoutTests
{
    [Test]
    public Task A_struct_has_the_size_and_offsets_it_promises() => Analysis.Check("KM0901", """
        [KernelLayout(24)]
        public unsafe struct good
        {
            public byte a;
            [KernelOffset(4)] public int b;
            [KernelOffset(8)] public good* c;
            [KernelOffset(16)] public fixed byte d[7];
        }

        [KernelLayout(32)]
        public unsafe struct too_small // expect: KM0901
        {
            public byte a;
            [KernelOffset(2)] public int b; // expect: KM0901
            public good* c;
        }

        [InlineArray(3)]
        public struct three
        {
            private int first;
        }

        [StructLayout(LayoutKind.Explicit, Size = 64), KernelLayout(64)]
        public unsafe struct union
        {
            [FieldOffset(0), KernelOffset(0)] public good a;
            [FieldOffset(24), KernelOffset(24)] public three b;
            [FieldOffset(40), KernelOffset(36)] public ulong c; // expect: KM0901
        }

        [StructLayout(LayoutKind.Sequential, Pack = 1), KernelLayout(9)]
        public struct packed
        {
            public byte a;
            [KernelOffset(1)] public ulong b;
        }
        """);

    [Test]
    public void Offsets_are_the_runtime_s() => Assert.Multiple(() =>
    {
        var compilation = Kernel.Compile();
        var layout = new StructLayout(compilation);
        foreach ((string name, int size) in new[] { ("Linux.list_head", 16), ("Linux.spinlock_t", 4), ("Linux.local_lock_t", 1), ("Linux.memcg_stock_pcp", 40) })
            Assert.That(layout.SizeOf(compilation.GetTypeByMetadataName(name)!), Is.EqualTo(size), name);
    });

    [Test]
    public Task Groups_of_fields_have_cache_lines_of_their_own() => Analysis.Check("KM0902", """
        public unsafe struct bad
        {
            [CachelineGroup("read")] public ulong a;
            [CachelineGroup("write")] public ulong b; // expect: KM0902
            public fixed ulong pad[6];
            [CachelineGroup("write")] public ulong c;
        }

        public unsafe struct good
        {
            [CachelineGroup("read")] public ulong a;
            [CachelineGroup("read")] public ulong b;
            private fixed ulong pad[6];
            [CachelineGroup("write")] public ulong c;
            public ulong anything;
        }
        """);
}
