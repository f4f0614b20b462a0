using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Shop.Web.Authentication;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Documents the API of a service.</summary>
public static class OpenApiExtensions
{
    private const string ProblemJson = "application/problem+json";
    private const string Bearer = "Bearer";
    private const string Json = "application/json";

    private static readonly (int Status, string Description)[] _always =
        [(StatusCodes.Status503ServiceUnavailable, "A dependency is unavailable. Retry later.")];

    private static readonly (int Status, string Description)[] _rateLimited =
        [(StatusCodes.Status429TooManyRequests, "Too many requests. Retry after the number of seconds in the Retry-After header.")];

    private static readonly Dictionary<string, (int Status, string Description)[]> _byPolicy = new()
    {
        [AuthorizationPolicies.Staff] =
        [
            (StatusCodes.Status401Unauthorized, "The bearer token is missing or invalid."),
            (StatusCodes.Status403Forbidden, "The caller is not staff."),
        ],
        [AuthorizationPolicies.Member] =
        [
            (StatusCodes.Status401Unauthorized, "The bearer token is missing or invalid."),
            (StatusCodes.Status403Forbidden, "The caller is not a member."),
        ],
        [AuthorizationPolicies.MemberOrGuest] =
        [
            (StatusCodes.Status401Unauthorized, "The bearer token is invalid. Send none for a guest."),
            (StatusCodes.Status403Forbidden, "The bearer token is not that of a member."),
        ],
    };

    private static readonly (int Status, string Description)[] _withBody =
    [
        (StatusCodes.Status400BadRequest, "Invalid request. The errors member names the fields."),
        (StatusCodes.Status413PayloadTooLarge, "The request body is too large."),
        (StatusCodes.Status415UnsupportedMediaType, "The request body is not JSON in UTF-8."),
    ];

    /// <summary>
    /// Adds the error responses that all operations share, the limits of numbers in bodies, the operations that need or accept a bearer
    /// token, and the examples of <see cref="WithExample{T}"/>, to the OpenAPI document.
    /// </summary>
    public static OpenApiOptions AddCommonResponses(this OpenApiOptions options) =>
        options.AddSchemaTransformer(static (schema, context, _) =>
        {
            // ASP.NET Core reads the attributes of properties. Those of a record are on the parameters of its constructor.
            var parameter = context.JsonPropertyInfo?.AssociatedParameter?.AttributeProvider;
            if (parameter?.GetCustomAttributes(typeof(RangeAttribute), inherit: false) is [RangeAttribute range])
            {
                schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
                schema.Maximum = Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
            }

            return Task.CompletedTask;
        }).AddOperationTransformer(async (operation, context, cancellationToken) =>
        {
            var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellationToken);
            operation.Responses ??= [];
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            var rateLimited = RequestLimitExtensions.AppliesTo($"/{context.Description.RelativePath}", metadata);
            var policy = metadata.OfType<IAuthorizeData>().Select(data => data.Policy).FirstOrDefault(name => name is not null) ?? "";
            if (_byPolicy.ContainsKey(policy) && context.Document is { } document)
            {
                document.AddComponent<IOpenApiSecurityScheme>(Bearer, new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    BearerFormat = "JWT",
                    Description = "A token with the role staff for operations of staff, otherwise with the role member.",
                });
                var required = new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] };
                // An empty requirement makes the others optional.
                operation.Security = policy is AuthorizationPolicies.MemberOrGuest ? [new(), required] : [required];
            }

            (int, string)[] responses =
            [
                .. _always,
                .. rateLimited ? _rateLimited : [],
                .. _byPolicy.GetValueOrDefault(policy, []),
                .. operation.RequestBody is null ? [] : _withBody,
            ];
            foreach (var (status, description) in responses)
            {
                operation.Responses.TryAdd($"{status}", new OpenApiResponse
                {
                    Description = description,
                    Content = new Dictionary<string, OpenApiMediaType> { [ProblemJson] = new() { Schema = schema } },
                });
            }

            if (metadata.OfType<Example>().LastOrDefault() is { } example
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

    /// <summary>
    /// Maps the OpenAPI document at <c>/openapi/v1.json</c> and an API reference page at <c>/scalar</c>, in Development only: both are
    /// anonymous and show the operations of staff.
    /// </summary>
    public static void MapApiReference(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
        {
            app.MapOpenApi().AllowAnonymous();

            // The page calls the address that it was loaded from, which a forwarded port changes, and no third party.
            app.MapScalarApiReference(page => page.WithDynamicBaseServerUrl().DisableDefaultFonts().DisableAgent().DisableTelemetry())
                .AllowAnonymous();
        }
    }

    private sealed record Example(JsonNode Body);
}
