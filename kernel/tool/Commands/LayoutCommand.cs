// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using KMemcg.Sim.Layout;

namespace KMemcg.Tool.Commands;

/// <summary><c>kmemcg layout [STRUCT…]</c>: the kernel structs of the port with their offsets.</summary>
internal static class LayoutCommand
{
    private const int CacheLine = 64;

    private static readonly Argument<string[]> s_structs = Words.Many(
        "STRUCT", "Names of structs, such as page or memcg_stock_pcp; all of them without one.", ArgumentArity.ZeroOrMore);

    /// <summary>The command with its argument.</summary>
    public static Command Create()
    {
        var command = new Command(
            "layout",
            """
            Prints structs with the offset and size of each member, in bytes, and where cache lines begin.

            Examples:
              kmemcg layout page page_counter memcg_stock_pcp
              kmemcg layout
            """)
        {
            s_structs,
        };
        command.SetAction(parsed => Print(parsed.GetValue(s_structs) ?? []));
        return command;
    }

    private static int Print(string[] names)
    {
        if (names.FirstOrDefault(name => StructLayoutReport.Find(name) is null) is { } unknown)
        {
            Console.Error.WriteLine($"kmemcg: no struct '{unknown}' in the port; 'kmemcg layout' lists them all");
            return ExitCode.BadInput;
        }

        foreach (StructLayout layout in names.Length == 0
            ? StructLayoutReport.All()
            : names.Select(name => StructLayoutReport.Find(name)!))
        {
            Print(layout);
        }

        return ExitCode.Success;
    }

    private static void Print(StructLayout layout)
    {
        Console.WriteLine($"struct {layout.Name} {{ /* size {layout.Size} */");
        int line = 0;
        foreach (MemberLayout member in layout.Members)
        {
            if (member.Offset / CacheLine > line)
            {
                line = member.Offset / CacheLine;
                Console.WriteLine($"\t/* --- cache line {line} (byte {line * CacheLine}) --- */");
            }

            Console.WriteLine($"\t{member.Type,-28} {member.Name,-36} /* {member.Offset,6} {member.Size,6} */");
        }

        Console.WriteLine("};");
    }
}
