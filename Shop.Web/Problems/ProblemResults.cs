using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Shop.Web.Problems;

/// <summary>Creates problem details (RFC 9457) with a machine-readable code.</summary>
public static class ProblemResults
{
    /// <summary>Creates a problem.</summary>
    /// <param name="status">The HTTP status code.</param>
    /// <param name="code">The code that programs compare, in lower snake case: <c>cart_full</c>.</param>
    /// <param name="title">A sentence for developers.</param>
    /// <param name="extensions">Further members that help the caller to correct the request.</param>
    public static ProblemHttpResult Create(
        int status, string code, string title, params IEnumerable<KeyValuePair<string, object?>> extensions) =>
        TypedResults.Problem(title: title, statusCode: status, extensions: [new("code", code), .. extensions]);

    /// <summary>Creates a validation problem for one field.</summary>
    /// <param name="name">The field, as it stands in the request.</param>
    /// <param name="error">The rule that the field breaks.</param>
    public static ValidationProblem InvalidField(string name, string error) => TypedResults.ValidationProblem([new(name, [error])]);
}
