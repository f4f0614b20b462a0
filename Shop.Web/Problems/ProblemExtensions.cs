using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;
using Shop.Web.Problems;

namespace Microsoft.Extensions.Hosting;

/// <summary>Returns every error as problem details (RFC 9457).</summary>
public static class ProblemExtensions
{
    /// <summary>Returns 503 instead of 500 when an exception of this type is unhandled.</summary>
    /// <typeparam name="TException">The type of the exception, or a base type.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="when">Restricts the mapping to some exceptions of the type.</param>
    public static void MapToServiceUnavailable<TException>(this IServiceCollection services, Func<TException, bool>? when = null)
        where TException : Exception =>
        services.Configure<ProblemOptions>(options =>
            options.ServiceUnavailable.Add(exception => exception is TException matching && (when?.Invoke(matching) ?? true)));

    /// <summary>Adds problem details with the trace, request and session ids, under which the logs of a request are found.</summary>
    public static void AddProblems(this IHostApplicationBuilder builder)
    {
        // The writers are asked in the order of their registration.
        builder.Services.AddSingleton<IProblemDetailsWriter, UnconditionalProblemWriter>();
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = static context =>
        {
            var problem = context.ProblemDetails;
            problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
            problem.Extensions["requestId"] = JourneyContext.Current.RequestId;
            // Not a secret: the protected session token identifies a visitor, not the id inside it.
            if (JourneyContext.Current.SessionId is { } sessionId)
            {
                problem.Extensions["sessionId"] = sessionId;
            }

            if (problem.Status is StatusCodes.Status503ServiceUnavailable)
            {
                problem.Extensions.TryAdd("code", "unavailable");
            }

            AddRoutingProblemDetails(context.HttpContext.Response, problem);
            if (problem is HttpValidationProblemDetails validation)
            {
                validation.Errors = validation.Errors.ToDictionary(error => ToRequestName(error.Key), error => error.Value);
            }
        });

        builder.Services.AddOptions<ExceptionHandlerOptions>().Configure<IOptions<ProblemOptions>>((handler, problems) =>
            handler.StatusCodeSelector = exception => exception switch
            {
                _ when TransientErrors.IsTransient(exception, problems.Value) => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            });

        // Numbers in quotation marks are none. OpenAPI documents would otherwise describe each number as a number or a text.
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);

        // Everywhere, not only in Development: the exception says what is wrong. A handled exception is neither logged nor recorded.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<BadRequestHandler>();
    }

    /// <summary>Adds the middleware that turns exceptions and empty error responses into problem details.</summary>
    public static void UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    // Responses that have no body yet when they get here, from routing and from the server.
    private static void AddRoutingProblemDetails(HttpResponse response, ProblemDetails problem)
    {
        switch (problem.Status)
        {
            case StatusCodes.Status405MethodNotAllowed when response.Headers.Allow.ToString().Split(", ").Contains(HttpMethods.Get):
                // HEAD is routed as GET, so routing does not list it.
                response.Headers.Allow = $"{response.Headers.Allow}, {HttpMethods.Head}";
                break;
            case StatusCodes.Status413PayloadTooLarge:
                problem.Detail ??= "The body is too large.";
                break;
            case StatusCodes.Status415UnsupportedMediaType:
                problem.Detail ??= "The body must be JSON in UTF-8: Content-Type: application/json.";
                break;
        }
    }

    // Validation names fields as C# does ("Recipient.Name"), JSON in camel case ("recipient.name"). Header names, which contain hyphens,
    // stay.
    internal static string ToRequestName(string field) =>
        field.Contains('-') ? field : string.Join('.', field.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
