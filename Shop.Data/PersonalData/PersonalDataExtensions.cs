using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Shop.Data.PersonalData;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the encryption of personal data.</summary>
public static class PersonalDataExtensions
{
    /// <summary>
    /// Adds <see cref="PersonalDataProtector"/>, and encrypts personal data in messages. The keys are in <c>Shop:PersonalData</c>; without
    /// a key the service does not start.
    /// </summary>
    public static IHostApplicationBuilder AddPersonalData(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<PersonalDataOptions, PersonalDataOptionsValidator>()
            .BindConfiguration(PersonalDataOptions.Section);
        builder.Services.AddSingleton<PersonalDataProtector>();
        builder.Services.AddSingleton<JsonConverter, EncryptingJsonConverter>();
        return builder;
    }
}
