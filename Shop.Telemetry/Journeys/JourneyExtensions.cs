using Shop.Telemetry.Journeys;

namespace Microsoft.Extensions.Hosting;

/// <summary>Extends the host builder with the application's journey keys.</summary>
public static class JourneyExtensions
{
    /// <summary>
    /// Registers keys of the application that travel with every request and message, and appear on their spans and log records. Every
    /// service of the application registers the same keys: a service drops baggage under names that it has not registered.
    /// </summary>
    /// <param name="builder">The host builder.</param>
    /// <param name="keys">The keys.</param>
    /// <exception cref="InvalidOperationException">
    /// A key of the same name has another definition, or all keys together are too long for the <c>baggage</c> header.
    /// </exception>
    public static void AddJourneyKeys(this IHostApplicationBuilder builder, params JourneyKey[] keys)
    {
        ArgumentNullException.ThrowIfNull(builder);
        JourneyKeys.Register(keys);
    }
}
