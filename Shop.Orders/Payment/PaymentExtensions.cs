using Microsoft.Extensions.Options;
using Shop.Orders.Payment.CallBack;
using Shop.Orders.Payment.Simulator;

namespace Shop.Orders.Payment;

internal static class PaymentExtensions
{
    /// <summary>Payment by the simulator. Another provider is another <see cref="IPaymentProvider"/> here, and signs its call-backs with our key.</summary>
    public static void AddPayment(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CallBackOptions>().BindConfiguration(CallBackOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CallBackOptions>, CallBackOptionsValidator>();
        builder.Services.AddScoped<ConfirmingPayment>();

        builder.Services.AddOptions<SimulatorOptions>().BindConfiguration(SimulatorOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SimulatorOptions>, SimulatorOptionsValidator>();
        builder.Services.AddScoped<IPaymentProvider, SimulatedPaymentProvider>();
        builder.Services.AddHttpClient<CallingBack>();
        builder.Services.AddHostedService<SimulatedBank>();
    }
}
