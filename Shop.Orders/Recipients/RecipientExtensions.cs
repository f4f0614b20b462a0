using Microsoft.Extensions.Options;

namespace Shop.Orders.Recipients;

internal static class RecipientExtensions
{
    public static void AddRecipients(this IHostApplicationBuilder builder)
    {
        builder.AddPersonalData();
        builder.Services.AddOptions<RecipientOptions>().BindConfiguration(RecipientOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RecipientOptions>, RecipientOptionsValidator>();
        builder.Services.AddSingleton<RecipientVault>();
        builder.Services.AddHostedService<RenewingRecipients>();
    }
}
