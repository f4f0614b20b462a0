using Microsoft.Extensions.Options;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Payment.Webhook;

namespace Shop.Orders.Payment;

internal static class PaymentExtensions
{
    /// <summary>
    /// Adds payment by the simulated provider. To use another provider, register its <see cref="IPaymentProvider"/> here and let it sign
    /// its webhooks with <see cref="PaymentWebhookOptions.Key"/>.
    /// </summary>
    public static void AddPayment(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<PaymentOptions, PaymentOptionsValidator>().BindConfiguration(PaymentOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<PaymentOptions>, PaymentCallTimeoutValidator>();
        builder.Services.AddOptionsWithValidateOnStart<PaymentWebhookOptions, PaymentWebhookOptionsValidator>()
            .BindConfiguration(PaymentWebhookOptions.Section);
        builder.Services.AddScoped<ConfirmPayment>();
        builder.Services.AddSingleton<RejectedWebhookLog>();

        builder.Services.AddOptionsWithValidateOnStart<SimulatorOptions, SimulatorOptionsValidator>()
            .BindConfiguration(SimulatorOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<SimulatorOptions>, SimulatorStartValidator>();
        builder.Services.AddSingleton<SimulatedWebhookTime>();
        builder.Services.AddScoped<SimulatedPaymentProvider>();
        builder.Services.AddScoped<IPaymentProvider>(services =>
            ActivatorUtilities.CreateInstance<TimeLimitedPaymentProvider>(
                services, services.GetRequiredService<SimulatedPaymentProvider>()));
        builder.Services.AddHttpClient<SimulatedWebhookSender>();
        builder.Services.AddHostedService<SimulatedWebhookWorker>();
    }
}
