using System.Reflection;
using Microsoft.Extensions.Configuration;

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
}
