// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class RuntimeTests
{
    [Test]
    public Task A_hot_path_allocates_nothing() => Analysis.Check("KM0801", """
        using System.Collections.Generic;
        using System.Linq;

        public static unsafe class mm_test_c
        {
            private static readonly Action<int> kept = static x => { };

            [HotPath]
            private static void Bad(int n, string s, List<int> list, IEnumerable<int> any, int[] array)
            {
                object o = n; // expect: KM0801
                var l = new List<int>(); // expect: KM0801
                int[] a = new int[3]; // expect: KM0801
                int[] c = [n, n]; // expect: KM0801
                string t = $"page {n}"; // expect: KM0801
                t = s + t; // expect: KM0801
                Func<int> f = () => n; // expect: KM0801
                Params(1, 2); // expect: KM0801
                int sum = array.Sum(); // expect: KM0801
                t = string.Concat(s, "x"); // expect: KM0801
                t = n.ToString(); // expect: KM0801
                foreach (int x in any) // expect: KM0801
                    sum += x;
                var anonymous = new { n }; // expect: KM0801
            }

            [NoAlloc]
            private static int Good(int n, int[] array, List<int> list, ulong* p)
            {
                Span<int> some = stackalloc int[4];
                int sum = 0;
                foreach (int x in array)
                    sum += x;
                foreach (int x in some)
                    sum += x;
                foreach (int x in list)
                    sum += x;
                Action<int> once = static x => { };
                kept(sum);
                const string text = "a" + "b";
                One(text);
                KeyValuePair<int, int> pair = new(1, 2);
                if (n < 0)
                    die($"n is {n}");
                return sum + pair.Key;
            }

            private static object Cold(int n) => n;

            [NeverReturns]
            private static void die(string why) => throw new InvalidOperationException(why);

            private static void Params(params int[] x) { }

            private static void One(string s) { }
        }

        [HotPath]
        public struct hot
        {
            public object Get() => new object(); // expect: KM0801

            [HostCode("printed when the machine has stopped")]
            public string Print() => $"{this}";
        }
        """);

    [Test]
    public Task Kernel_code_has_no_managed_locks() => Analysis.Check("KM0802", """
        using System.Threading;

        public static class mm_test_c
        {
            private static readonly object gate = new();

            private static void Bad(SemaphoreSlim s)
            {
                lock (gate) // expect: KM0802
                {
                }
                Monitor.Enter(gate); // expect: KM0802
                s.Wait(); // expect: KM0802
            }

            [HostCode("the threads under the tasks wait here")]
            private static void Host()
            {
                lock (gate)
                    Monitor.PulseAll(gate);
            }

            private static void Good(ref int x) => Interlocked.Increment(ref x);
        }
        """);

    [Test]
    public Task Kernel_code_neither_throws_nor_catches() => Analysis.Check("KM0803", """
        public static class mm_test_c
        {
            private static int Bad(int x)
            {
                try
                {
                    return x > 0 ? x : throw new Exception(); // expect: KM0803
                }
                catch (Exception) // expect: KM0803
                {
                    return -EINVAL;
                }
            }

            [NeverReturns]
            private static void oops(string why) => throw new InvalidOperationException(why);

            private static int Good(int x)
            {
                try
                {
                    return x < 0 ? -EINVAL : x;
                }
                finally
                {
                    x = 0;
                }
            }
        }

        [HostCode("the command line")]
        public static class host
        {
            private static void Throw() => throw new Exception();
        }
        """);

    [Test]
    public Task Kernel_code_runs_when_it_is_called() => Analysis.Check("KM0804", """
        using System.Collections.Generic;
        using System.Threading.Tasks;

        public class mm_test_c
        {
            private static readonly int ready = 3;

            static mm_test_c() { } // expect: KM0804

            ~mm_test_c() { } // expect: KM0804

            private static async Task Wait() => // expect: KM0804
                await Task.Yield(); // expect: KM0804

            private static IEnumerable<int> Walk() // expect: KM0804
            {
                yield return 1;
            }

            private static int Good() => ready;
        }
        """);

    [Test]
    public Task A_pointer_does_not_outlive_what_holds_its_target() => Analysis.Check("KM0810", """
        public unsafe class machine
        {
            private byte* kept;
            private byte[] memory = new byte[8];
            private long counter;

            private byte* Bad(byte[] a, out byte* result)
            {
                byte* outside;
                fixed (byte* p = a)
                {
                    kept = p; // expect: KM0810
                    outside = p + 1; // expect: KM0810
                    result = &p[2]; // expect: KM0810
                    return p; // expect: KM0810
                }
            }

            private void* Counter() => Unsafe.AsPointer(ref counter); // expect: KM0810

            private void* Element() => Unsafe.AsPointer(ref memory[3]); // expect: KM0810

            private static int* Local(int argument)
            {
                int local = 0;
                if (argument > 0)
                    return &argument; // expect: KM0810
                return &local; // expect: KM0810
            }

            private byte Good(byte[] a)
            {
                fixed (byte* p = a)
                {
                    byte* q = p + 1;
                    *q = 3;
                    return *p;
                }
            }
        }

        public unsafe struct in_a_frame
        {
            public ulong first;

            public ulong* Address => (ulong*)Unsafe.AsPointer(ref first);

            public static ulong* Of(in_a_frame* s) => &s->first;
        }
        """);

    [Test]
    public Task A_kernel_struct_has_no_managed_reference() => Analysis.Check("KM0811", """
        public struct bad
        {
            public int id;
            public string name; // expect: KM0811
            public inner nested; // expect: KM0811
        }

        public struct inner
        {
            public object any; // expect: KM0811
        }

        [HostCode("an argument of the tool")]
        public struct option
        {
            public string name;
        }

        public unsafe struct good
        {
            public byte* name;
            public delegate*<int, void> call;
            public static readonly string text = "";
        }

        public ref struct on_the_stack
        {
            public Span<byte> bytes;
        }
        """);
}
