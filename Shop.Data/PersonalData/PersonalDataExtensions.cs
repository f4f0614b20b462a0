using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Data.PersonalData;

namespace Microsoft.Extensions.Hosting;

public static class PersonalDataExtensions
{
    /// <summary>
    /// <see cref="PersonalDataProtector"/>, for services that keep something about a person. Its keys are in <c>Shop:PersonalData</c>; a
    /// service without any does not start.
    /// </summary>
    public static IHostApplicationBuilder AddPersonalData(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PersonalDataOptions>().BindConfiguration(PersonalDataOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<PersonalDataOptions>, PersonalDataOptionsValidator>();
        builder.Services.AddSingleton<PersonalDataProtector>();
        return builder;
    }
}
