using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Web.Problems;

namespace Shop.Web.Http;

/// <summary>
/// The Idempotency-Key header (IETF draft httpapi-idempotency-key-header): a request sent again with the same key is carried out once.
/// </summary>
public static partial class IdempotencyKey
{
    /// <summary>The name of the header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Validates the header's value.</summary>
    /// <remarks>Handlers call it themselves, because <c>[Required]</c> on a header parameter only affects the OpenAPI document.</remarks>
    /// <param name="key">The header's value.</param>
    /// <param name="problem">The response to an invalid or missing key.</param>
    public static bool TryValidate([NotNullWhen(true)] string? key, [NotNullWhen(false)] out ValidationProblem? problem)
    {
        var valid = key is not null && Pattern().IsMatch(key);
        problem = valid
            ? null
            : ProblemResults.InvalidField(
                Header, "Required: 1 to 128 visible ASCII characters, unique for each operation and the same for each of its retries.");
        return valid;
    }

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex Pattern();
}
