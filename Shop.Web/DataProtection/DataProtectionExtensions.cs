using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Web.DataProtection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds Data Protection, which cookies and the tokens of forms use.</summary>
public static class DataProtectionExtensions
{
    /// <summary>
    /// Adds Data Protection with the keys of <see cref="DataProtectionKeyOptions"/>: what one replica protects, every other one
    /// unprotects, also after a restart.
    /// </summary>
    public static void AddSharedDataProtection(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<DataProtectionKeyOptions, DataProtectionKeyOptionsValidator>()
            .BindConfiguration(DataProtectionKeyOptions.Section);
        builder.Services.AddDataProtection().SetApplicationName("Shop");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<IOptions<DataProtectionKeyOptions>>((ring, keys) =>
        {
            if (keys.Value.Keys.Count > 0)
            {
                ring.XmlRepository = new ConfiguredKeyRepository(keys.Value);
                ring.AutoGenerateKeys = false;
            }
        });
    }
}
