using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Shop.AppHost.Infrastructure;

internal static class UserSecrets
{
    /// <summary>Reads generated parameters from the user secrets in every environment.</summary>
    /// <remarks>
    /// Aspire writes generated parameters to the user secrets in every environment, but reads them in Development only. Without this, a run
    /// in another environment would replace the keys and passwords of existing data (https://github.com/microsoft/aspire/issues/9377).
    /// </remarks>
    public static void ReadGeneratedParameters(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        // First, so that every other source overrides them.
        var secrets = new ConfigurationBuilder().AddUserSecrets(Assembly.GetExecutingAssembly(), optional: true);
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, secrets.Sources.Single());
    }

    /// <summary>
    /// Returns a value that the command line, the environment or a settings file has; <see langword="null"/> without one. User secrets do
    /// not count: Aspire writes what it has generated for containers there.
    /// </summary>
    public static string? GetOverride(IConfiguration configuration, string key)
    {
        foreach (var provider in ((IConfigurationRoot)configuration).Providers.Reverse())
        {
            if (provider is not JsonConfigurationProvider { Source.Path: "secrets.json" } && provider.TryGet(key, out var value))
            {
                return value;
            }
        }

        return null;
    }
}
