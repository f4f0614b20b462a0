using System.Text.Json;
using Polly;

namespace Shop.ServiceDefaults;

/// <summary>The exceptions of HTTP calls. The caller's own cancellation is among them: test it beside them.</summary>
public static class ServiceErrors
{
    /// <summary>
    /// Determines whether a call failed because the service is unavailable: it does not respond, its responses break off or are not valid,
    /// or the time limit or the circuit breaker has ended the call.
    /// </summary>
    /// <param name="exception">The exception of the call.</param>
    public static bool IsUnavailable(Exception exception) => exception
        is HttpRequestException or OperationCanceledException or ExecutionRejectedException or IOException or JsonException;

    /// <summary>
    /// Determines whether a call failed before the service got any part of it: no replica accepted a connection, or not in time. The
    /// caller's own cancellation has no <see cref="TimeoutException"/> inside.
    /// </summary>
    /// <param name="exception">The exception of the call.</param>
    public static bool IsUnreached(Exception exception) => exception
        is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        || IsConnectionTimeout(exception);

    /// <summary>
    /// Determines whether a call failed because no connection was accepted in time (https://github.com/dotnet/extensions/issues/4654).
    /// </summary>
    /// <param name="exception">The exception of the call.</param>
    internal static bool IsConnectionTimeout(Exception? exception) =>
        exception is OperationCanceledException { InnerException: TimeoutException };

    /// <summary>Determines whether a call of an OpenID Connect provider failed because the provider is unavailable.</summary>
    /// <param name="exception">The exception of the call.</param>
    public static bool IsProviderUnavailable(Exception exception) =>
        // IdentityModel throws InvalidOperationException when the metadata cannot be read.
        IsUnavailable(exception) || exception is InvalidOperationException;
}
