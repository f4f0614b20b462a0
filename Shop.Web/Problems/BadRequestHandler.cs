using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;
using ProblemDetails = Microsoft.AspNetCore.Mvc.ProblemDetails;

namespace Shop.Web.Problems;

/// <summary>
/// Explains a request that cannot be read: which field or parameter, or which position of the body, and what it must be. The messages of
/// the exceptions are not returned, since they name types of the service.
/// </summary>
internal sealed partial class BadRequestHandler(IProblemDetailsService problems, IOptions<JsonOptions> json) : IExceptionHandler
{
    // A path can contain names that the caller made up.
    private const int MaxFieldLength = 200;

    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException badRequest)
        {
            return ValueTask.FromResult(false);
        }

        httpContext.Response.StatusCode = badRequest.StatusCode;
        var endpoint = httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        return problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = Explain(badRequest, endpoint),
        });
    }

    private ProblemDetails Explain(BadHttpRequestException exception, Endpoint? endpoint)
    {
        if (exception.StatusCode != StatusCodes.Status400BadRequest)
        {
            return new() { Status = exception.StatusCode };
        }

        if (exception.InnerException is JsonException jsonException)
        {
            return ExplainBody(jsonException, endpoint?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType);
        }

        // Implicit body inferred for parameter "product" but no body was provided. Did you mean to use a Service instead?
        // Required parameter "int limit" was not provided from query string.
        // Failed to bind parameter "int limit" from "many".
        if (Parameter().Match(exception.Message) is { Success: true } match)
        {
            var name = match.Groups["name"].Value;
            var parameter = endpoint?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
                .FirstOrDefault(parameter => parameter.Name == name);
            return match.Groups["body"].Success
                ? Create("body_required", "A body in JSON is required.")
                : InvalidField(
                    GetHeaderName(parameter) ?? name,
                    match.Groups["missing"].Success ? "Required." : JsonKind.Describe(parameter?.ParameterInfo.ParameterType));
        }

        return Create("bad_request", "The request cannot be read.");
    }

    private ProblemDetails ExplainBody(JsonException exception, Type? type)
    {
        // The reader's own exception is inside, unless the JSON is valid and a value does not fit.
        if (exception.InnerException is JsonException)
        {
            return Create(
                "invalid_json",
                "The body is not valid JSON in UTF-8.",
                $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }

        // $.lines[0].sku
        var path = exception.Path?.TrimStart('$').TrimStart('.') ?? "";
        return path.Length == 0
            ? Create("invalid_body", $"The body does not fit. {JsonKind.Describe(type)}")
            : InvalidField(
                path.Length <= MaxFieldLength ? path : path[..MaxFieldLength],
                exception.InnerException?.InnerException is DecoderFallbackException
                    ? "Must be text in UTF-8."
                    : JsonKind.Describe(JsonKind.Find(type, path, json.Value.SerializerOptions)));
    }

    private static string? GetHeaderName(IParameterBindingMetadata? parameter) =>
        parameter?.ParameterInfo.GetCustomAttributes(inherit: true).OfType<IFromHeaderMetadata>().FirstOrDefault()?.Name;

    private static HttpValidationProblemDetails InvalidField(string name, string error) =>
        new(new Dictionary<string, string[]> { [name] = [error] }) { Status = StatusCodes.Status400BadRequest };

    private static ProblemDetails Create(string code, string title, string? detail = null) => new()
    {
        Status = StatusCodes.Status400BadRequest,
        Title = title,
        Detail = detail,
        Extensions = { ["code"] = code },
    };

    // The name of the type may have spaces: "Nullable<int> limit".
    [GeneratedRegex("""^((?<missing>Required)|Failed to bind|(?<body>Implicit body inferred for)) parameter "(?:[^"]* )?(?<name>\w+)" """)]
    private static partial Regex Parameter();
}
