// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>Scopes whose token is kept for who ends them: in the object that the function says.</summary>
internal sealed class ScopeTests
{
    private const string Group = """
        public struct group
        {
            public uint owner_flags;
        }

        """;

    private const string Scope = """
            [ScopeBegin("nofs", "return")] private static uint save() => 0;

            [ScopeEnd("nofs", "flags")] private static void restore(uint flags) { }

            [ScopeBegin("nofs", "g->owner_flags")]
            private static void Enter(group* g) => g->owner_flags = save();

            [ScopeEnd("nofs", "g->owner_flags")]
            private static void Leave(group* g) => restore(g->owner_flags);

        """;

    [Test]
    public Task Who_says_so_ends_it() => Analysis.Check("KM05", Group + """
        public static unsafe class fs_test_c
        {
        """ + Scope + """
            [ScopeEnd("nofs", "g->owner_flags")]
            private static void Stay(group* g, bool early)
            {
                if (early)
                    return; // expect: KM0510
                restore(g->owner_flags);
            }

            private static void Good(group* g)
            {
                Enter(g);
                Leave(g);
            }

            private static void Bad(group* g, bool early)
            {
                Enter(g);
                if (early)
                    return; // expect: KM0510
                Leave(g);
            }

            private static void Twice(group* g)
            {
                Enter(g);
                Enter(g); // expect: KM0512
                Leave(g);
            }
        }
        """);

    [Test]
    public Task The_token_is_kept_where_the_function_says() => Analysis.Check("KM05", Group + """
        public static unsafe class fs_test_c
        {
        """ + Scope + """
            [ScopeBegin("nofs", "g->owner_flags")]
            private static void ByAnother(group* g) => Enter(g);

            [ScopeBegin("nofs", "g->owner_flags")]
            private static void Later(group* g)
            {
                uint flags = save();

                schedule();
                g->owner_flags = flags;
            }

            [ScopeBegin("nofs", "g->owner_flags")]
            private static void OtherObject(group* g, group* h) => h->owner_flags = save(); // expect: KM0510

            [ScopeBegin("nofs", "g->owner_flags")]
            private static void Lost(group* g)
            {
                uint flags = save();

                schedule();
            } // expect: KM0510

            [ScopeBegin("nofs", "g->owner_flags")]
            private static void Two(group* g)
            {
                uint flags = save();

                Enter(g);
            } // expect: KM0510

            [ScopeBegin("nofs", "return")]
            private static uint Returned()
            {
                uint flags = save();

                schedule();
                return flags;
            }

            [ScopeBegin("nofs", "return")]
            private static uint NotReturned()
            {
                uint flags = save();

                return 0; // expect: KM0510
            }

            [ScopeBegin("nofs", "flags")]
            private static void Written(out uint flags) => flags = save();

            [ScopeBegin("nofs", "flags")]
            private static void WrittenTo(uint* flags) => *flags = save();

            [ScopeBegin("nofs", "flags")]
            private static void NotWritten(uint* flags) => save(); // expect: KM0510
        }
        """);

    [Test]
    public Task Another_objects_end_leaves_it_open() => Analysis.Check("KM05", Group + """
        public static unsafe class fs_test_c
        {
        """ + Scope + """
            private static void Good(group* g, group* h)
            {
                Enter(g);
                Enter(h);
                Leave(h);
                Leave(g);
            }

            private static void Bad(group* g, group* h)
            {
                Enter(g);
                Leave(h); // expect: KM0510
            }

            [ScopeEnd("nofs", "g->owner_flags")]
            private static void Declared(group* g, group* h) => restore(h->owner_flags); // expect: KM0510

            // A caller's token goes round.
            [ScopeEnd("nofs", "flags")]
            private static void Passed(uint flags) => restore(flags);
        }
        """);
}
