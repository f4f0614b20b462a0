namespace Shop.Orders.Recipients;

internal static class RecipientExtensions
{
    /// <summary>Adds the encryption of recipients, their re-encryption with a new key and their erasure.</summary>
    public static void AddRecipients(this IHostApplicationBuilder builder)
    {
        builder.AddPersonalData();
        builder.Services.AddOptionsWithValidateOnStart<RecipientOptions, RecipientOptionsValidator>()
            .BindConfiguration(RecipientOptions.Section);
        builder.Services.AddSingleton<RecipientProtector>();
        builder.Services.AddScoped<EraseRecipient>();
        builder.Services.AddSingleton<RecipientKeyCheck>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RecipientKeyCheck>());
        builder.Services.AddHealthChecks().AddCheck<RecipientKeyCheck>("recipient_keys");
        builder.Services.AddHostedService<RecipientReencryptionWorker>();
        builder.Services.AddHostedService<RecipientErasureWorker>();
    }
}
