using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.Telemetry.Journeys;
using Shop.Web.Problems;

namespace Microsoft.Extensions.Hosting;

public static class ProblemExtensions
{
    /// <summary>Answers 503 instead of 500 when a <typeparamref name="TException"/> reaches the top, or only one for which <paramref name="when"/> holds.</summary>
    public static void MapToServiceUnavailable<TException>(this IServiceCollection services, Func<TException, bool>? when = null) where TException : Exception =>
        services.Configure<ProblemOptions>(options => options.Unavailable.Add(exception => exception is TException that && (when?.Invoke(that) ?? true)));

    /// <summary>Every refusal and every failure is a ProblemDetails with the three ids under which the rest of the story is found.</summary>
    internal static void AddProblems(this IHostApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = problem =>
        {
            problem.ProblemDetails.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? problem.HttpContext.TraceIdentifier;
            problem.ProblemDetails.Extensions["requestId"] = JourneyContext.Current.RequestId;
            // No secret: what makes somebody this visitor is the signed token, which has the id inside.
            if (JourneyContext.Current.SessionId is { } session)
                problem.ProblemDetails.Extensions["sessionId"] = session;
            if (problem.ProblemDetails is HttpValidationProblemDetails validation)
                validation.Errors = validation.Errors.ToDictionary(error => AsSent(error.Key), error => error.Value);
        });

        builder.Services.AddOptions<ExceptionHandlerOptions>().Configure<IOptions<ProblemOptions>>((handler, problems) =>
            handler.StatusCodeSelector = exception => exception switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                _ when TransientErrors.IsTransient(exception, problems.Value) => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            });

        // A bad body is the caller's mistake in every environment; Development would throw, and log it as our failure.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
    }

    // Validation names fields as C# does ("Recipient.Name"); the caller wrote recipient.name. Headers keep their names.
    internal static string AsSent(string field) => field.Contains('-') ? field : string.Join('.', field.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    internal static void UseProblems(this IApplicationBuilder app)
    {
        // All that is answered here is JSON. Who would rather have something else gets it too: the alternative is a refusal without a trace.
        app.Use(static (context, next) =>
        {
            context.Request.Headers.Remove(HeaderNames.Accept);
            return next(context);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
