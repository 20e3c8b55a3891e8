// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;

namespace KMemcg.Tool.Commands;

/// <summary>Arguments of which a command takes several.</summary>
internal static class Words
{
    /// <summary>Such an argument. What begins with a dash is a mistyped option, which the parser would take for one more word.</summary>
    public static Argument<string[]> Many(string name, string description, ArgumentArity arity)
    {
        var words = new Argument<string[]>(name) { Description = description, Arity = arity };
        words.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(token => token.Value))
            {
                if (word is ['-', ..])
                {
                    result.AddError($"there is no option '{word}'");
                }
                else if (string.IsNullOrWhiteSpace(word))
                {
                    result.AddError($"{name} is empty");
                }
            }
        });
        return words;
    }
}
