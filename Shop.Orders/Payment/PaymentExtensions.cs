namespace Shop.Orders.Payment;

internal static class PaymentExtensions
{
    public static void AddPayment(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<IPaymentProvider, SimulatedPaymentProvider>();
}
