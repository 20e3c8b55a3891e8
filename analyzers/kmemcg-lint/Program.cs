// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Lint;

return await LintCommand.RunAsync(args, Console.Error, CancellationToken.None);
