using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Shop.Web.Problems;

/// <summary>What a refusal looks like. Which ones there are is each service's own vocabulary (its <c>Refusals.cs</c>).</summary>
public static class ProblemResults
{
    /// <param name="status">HTTP's word for it.</param>
    /// <param name="code">Ours, which programs may compare.</param>
    /// <param name="title">For people.</param>
    /// <param name="more">What helps to do better.</param>
    public static ProblemHttpResult Create(int status, string code, string title, params IEnumerable<KeyValuePair<string, object?>> more) =>
        TypedResults.Problem(title: title, statusCode: status, extensions: [new("code", code), .. more]);

    /// <summary>One field of the request is not as it must be.</summary>
    public static ValidationProblem InvalidField(string name, string problem) => TypedResults.ValidationProblem([new(name, [problem])]);
}
