// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;

namespace KMemcg.Lint;

/// <summary>The project that a command works on.</summary>
internal static class ProjectArgument
{
    /// <summary>The argument; what begins with a dash is a mistyped option.</summary>
    public static Argument<string> Create()
    {
        var project = new Argument<string>("PROJECT") { Description = "A .csproj, or the folder of one.", DefaultValueFactory = _ => "." };
        project.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[0].Value is ['-', ..] option)
                result.AddError($"there is no option '{option}'");
        });
        return project;
    }
}
