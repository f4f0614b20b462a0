namespace Shop.Orders.Recipients;

internal static class RecipientExtensions
{
    /// <summary>Adds the encryption of recipients and their re-encryption with a new key.</summary>
    public static void AddRecipients(this IHostApplicationBuilder builder)
    {
        builder.AddPersonalData();
        builder.Services.AddOptionsWithValidateOnStart<RecipientOptions, RecipientOptionsValidator>()
            .BindConfiguration(RecipientOptions.Section);
        builder.Services.AddSingleton<RecipientProtector>();
        builder.Services.AddHostedService<RecipientReencryptionWorker>();
    }
}
