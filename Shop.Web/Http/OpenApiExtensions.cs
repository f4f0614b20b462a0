using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Documents the API of a service.</summary>
public static class OpenApiExtensions
{
    private const string ProblemJson = "application/problem+json";
    private const string Json = "application/json";

    private static readonly (int Status, string Description)[] _always =
        [(StatusCodes.Status503ServiceUnavailable, "A dependency is unavailable. Retry later.")];

    private static readonly (int Status, string Description)[] _rateLimited =
        [(StatusCodes.Status429TooManyRequests, "Too many requests. Retry after the number of seconds in the Retry-After header.")];

    private static readonly (int Status, string Description)[] _withBody =
    [
        (StatusCodes.Status400BadRequest, "Invalid request. The errors member names the fields."),
        (StatusCodes.Status413PayloadTooLarge, "The request body is too large."),
        (StatusCodes.Status415UnsupportedMediaType, "The request body is not JSON in UTF-8."),
    ];

    /// <summary>
    /// Adds the error responses that all operations share, and the examples of <see cref="WithExample{T}"/>, to the OpenAPI document.
    /// </summary>
    public static OpenApiOptions AddCommonResponses(this OpenApiOptions options) =>
        options.AddOperationTransformer(async (operation, context, cancellationToken) =>
        {
            var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellationToken);
            operation.Responses ??= [];
            var rateLimited = RequestLimitExtensions.AppliesTo($"/{context.Description.RelativePath}");
            foreach (var (status, description) in (IEnumerable<(int, string)>)
                [.. _always, .. rateLimited ? _rateLimited : [], .. operation.RequestBody is null ? [] : _withBody])
            {
                operation.Responses.TryAdd($"{status}", new OpenApiResponse
                {
                    Description = description,
                    Content = new Dictionary<string, OpenApiMediaType> { [ProblemJson] = new() { Schema = schema } },
                });
            }

            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Example>().LastOrDefault() is { } example
                && operation.RequestBody?.Content?.TryGetValue(Json, out var body) == true)
            {
                body.Example = example.Body;
            }
        });

    /// <summary>Adds an example of the request body to the OpenAPI document.</summary>
    /// <typeparam name="T">The type of the body.</typeparam>
    /// <param name="route">The route.</param>
    /// <param name="body">A valid body.</param>
    public static RouteHandlerBuilder WithExample<T>(this RouteHandlerBuilder route, T body) where T : notnull =>
        route.WithMetadata(new Example(JsonSerializer.SerializeToNode(body, JsonSerializerOptions.Web)!));

    /// <summary>Maps the OpenAPI document at <c>/openapi/v1.json</c>, and in Development an API reference page at <c>/scalar</c>.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment())
        {
            // The page calls the address that it was loaded from, which a forwarded port changes, and no third party.
            app.MapScalarApiReference(page => page.WithDynamicBaseServerUrl().DisableDefaultFonts().DisableAgent().DisableTelemetry());
        }
    }

    private sealed record Example(JsonNode Body);
}
