using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Shop.Web.Http;

namespace Microsoft.Extensions.DependencyInjection;

public static class ApiDocumentExtensions
{
    private const string Problem = "application/problem+json";
    private const string Json = "application/json";

    private static readonly (int Status, string Meaning)[] _always =
        [(StatusCodes.Status503ServiceUnavailable, "Something that is needed is away just now. Try again in a moment.")];

    private static readonly (int Status, string Meaning)[] _limited =
        [(StatusCodes.Status429TooManyRequests, "Too many requests. Retry-After says when there may be another.")];

    private static readonly (int Status, string Meaning)[] _withBody =
    [
        (StatusCodes.Status400BadRequest, "Something is wrong with the request; errors names the fields."),
        (StatusCodes.Status413PayloadTooLarge, "The body is too long."),
        (StatusCodes.Status415UnsupportedMediaType, "The body is not JSON in UTF-8."),
    ];

    /// <summary>Documents the answers that every operation has because of what all services share, and the examples given by <see cref="WithExample{T}"/>.</summary>
    public static OpenApiOptions AddCommonResponses(this OpenApiOptions options) => options.AddOperationTransformer(async (operation, context, cancellationToken) =>
    {
        var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellationToken);
        operation.Responses ??= [];
        var limited = RequestLimitExtensions.AreFor($"/{context.Description.RelativePath}");
        foreach (var (status, meaning) in (IEnumerable<(int, string)>)[.. _always, .. limited ? _limited : [], .. operation.RequestBody is null ? [] : _withBody])
        {
            operation.Responses.TryAdd($"{status}", new OpenApiResponse
            {
                Description = meaning,
                Content = new Dictionary<string, OpenApiMediaType> { [Problem] = new() { Schema = schema } },
            });
        }

        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Example>().LastOrDefault() is { } example
            && operation.RequestBody?.Content?.TryGetValue(Json, out var body) == true)
            body.Example = example.Body;
    });

    /// <summary>A request body as it may be sent, for the document. A test sends it.</summary>
    public static RouteHandlerBuilder WithExample<T>(this RouteHandlerBuilder route, T body) where T : notnull =>
        route.WithMetadata(new Example(JsonSerializer.SerializeToNode(body, JsonSerializerOptions.Web)!));

    private sealed record Example(JsonNode Body);
}
