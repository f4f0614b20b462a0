using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Web.Problems;

namespace Shop.Web.Http;

/// <summary>Names what a request asks for, so that it may be sent again and is done once.</summary>
public static partial class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Asked by hand, because [Required] on a header only shows in the OpenAPI document.</summary>
    public static bool TryValidate([NotNullWhen(true)] string? key, [NotNullWhen(false)] out ValidationProblem? refusal)
    {
        var good = key is not null && Pattern().IsMatch(key);
        refusal = good ? null : ProblemResults.InvalidField(Header, "Needed: 1 to 128 visible ASCII characters, new for each thing that is asked for and the same for each retry of it.");
        return good;
    }

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex Pattern();
}
